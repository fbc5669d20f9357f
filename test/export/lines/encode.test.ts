import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { encodeBatch } from '../../../src/export/encode/encode-batch.ts';
import {
  cleanTag,
  cleanText,
  escapeTag,
  escapeText,
  MAX_TAG_LENGTH,
} from '../../../src/export/encode/escape.ts';
import { LineBuffer } from '../../../src/export/encode/line-buffer.ts';
import { traceId } from '../../../src/export/encode/trace-id.ts';
import { retryAfter, retryDelay } from '../../../src/export/send/retry.ts';
import { Batch } from '../../../src/record/batch.ts';
import type { Outcome } from '../../../src/record/series.ts';
import { SeriesTable } from '../../../src/record/series-table.ts';
import { TRACE_MARKS } from '../../../src/record/trace.ts';

const TAGS = { hostname: 'web-1', process: 'web-1:42', worker: '0', thread: '0' };

interface Row {
  method?: string;
  route?: string;
  status?: number;
  outcome?: Outcome;
  end?: number;
  duration?: number;
  firstByte?: number;
  queueTime?: number;
  bytesIn?: number;
  bytesOut?: number;
  connectionRequests?: number;
  trace?: string;
  path?: string;
}

function batchOf(rows: Row[], start = {}): Batch {
  const batch = new Batch(rows.length);
  const table = new SeriesTable(100);
  batch.begin({
    generation: 1,
    baseMs: 0,
    wall: 1_770_000_000_999_999_000n,
    floor: 0,
    era: 0,
    sequence: 7,
    ...start,
  });
  for (const [row, r] of rows.entries()) {
    const { columns } = batch;
    columns.series[row] = table.intern(
      batch,
      r.method ?? 'GET',
      r.route ?? '/',
      r.status ?? 200,
      r.outcome ?? 'finished',
    );
    columns.end[row] = r.end ?? row * 1000;
    columns.duration[row] = r.duration ?? 1.5;
    columns.firstByte[row] = r.firstByte ?? Number.NaN;
    columns.queueTime[row] = r.queueTime ?? Number.NaN;
    columns.bytesIn[row] = r.bytesIn ?? 0;
    columns.bytesOut[row] = r.bytesOut ?? 12;
    columns.slot[row] = 1;
    columns.inFlight[row] = 2;
    columns.connectionRequests[row] = r.connectionRequests ?? 0;
    columns.trace[row] = r.trace === undefined ? 0 : batch.texts.push(r.trace);
    columns.path[row] = r.path === undefined ? 0 : batch.texts.push(r.path);
    batch.rows++;
  }
  return batch;
}

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString();

const encode = (rows: Row[], start = {}, tags = {}) =>
  text(encodeBatch(batchOf(rows, start).content(), { ...TAGS, ...tags }));

describe('a batch as line protocol', () => {
  test('is a line for each row, tags and fields sorted', () => {
    assert.equal(
      encode([
        {
          method: 'POST',
          route: '/items/:id',
          status: 201,
          firstByte: 1.25,
          queueTime: 0.25,
          connectionRequests: 3,
        },
        { status: 0, outcome: 'aborted', duration: 0.000001 },
      ]),
      'raw-requests,hostname=web-1,method=POST,outcome=finished,process=web-1:42,route=/items/:id,status=201,thread=0,worker=0 ' +
        'application_time=0.0015,bytes_in=0i,bytes_out=12i,connection_requests=3i,first_byte_time=0.00125,in_flight=2i,queue_time=0.25,sequence=7i,slot=1i,' +
        'start_time=1770000000998499000i 1770000000999999000\n' +
        'raw-requests,hostname=web-1,method=GET,outcome=aborted,process=web-1:42,route=/,status=0,thread=0,worker=0 ' +
        'application_time=1e-9,bytes_in=0i,bytes_out=12i,in_flight=2i,sequence=8i,slot=1i,' +
        'start_time=1770000000999999999i 1770000001000000000\n',
    );
  });

  test('has no tag with an empty value, and those of the user in their place', () => {
    assert.match(
      encode([{}], {}, { env: 'prod', service: 'shop', zone: '' }),
      /^raw-requests,env=prod,hostname=web-1,method=GET,outcome=finished,process=web-1:42,route=\/,service=shop,status=200,thread=0,worker=0 /,
    );
  });

  test('has no size that is not known or that is no integer of the database', () => {
    for (const size of [Number.NaN, 1e20, 1.5, Number.POSITIVE_INFINITY])
      assert.match(encode([{ bytesIn: size, bytesOut: size }]), / application_time=0.0015,in_flight=2i,/);
  });

  test('carries the path and the trace id as text', () => {
    const lines = encode([
      { path: '/a"b\\c\nd', trace: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01' },
    ]);
    assert.match(lines, /,path="\/a\\"b\\\\c\ufffdd",/);
    assert.match(lines, /,trace_id="4bf92f3577b34da6a3ce929d0e0e4736" /);
  });

  test('has the era in the last digits of its timestamps', () => {
    const times = (era: number) =>
      encode([{ end: 0 }, { end: 101 }], { era })
        .trim()
        .split('\n')
        .map((line) => line.split(' ').at(-1));
    assert.deepEqual(times(0), ['1770000000999999000', '1770000000999999096']);
    assert.deepEqual(times(3), ['1770000000999999003', '1770000000999999099']);
  });

  test('is the same when it is encoded again', () => {
    const content = batchOf([{ route: '/a' }, { route: '/b' }]).content();
    assert.equal(text(encodeBatch(content, TAGS)), text(encodeBatch(content, TAGS)));
  });

  test('is whole whatever its size, also in memory that is used again', () => {
    const buffer = new LineBuffer();
    const routes = ['/a', `/${'\u20ac'.repeat(400)}`, '/\u{1f600}'];
    for (const count of [1000, 1, 64, 0, 129]) {
      const rows = Array.from({ length: count }, (_, i) => ({ route: routes[i % routes.length]! }));
      const one = rows.map((row) => encode([row]).split(',sequence=')[0]);
      const lines = text(encodeBatch(batchOf(rows).content(), TAGS, buffer))
        .split('\n')
        .slice(0, -1);
      assert.deepEqual(
        lines.map((line) => line.split(',sequence=')[0]),
        one,
      );
    }
  });
});

describe('values that line protocol cannot carry', () => {
  test('are replaced in tags', () => {
    const f = (value: string, stored: string, written = stored) => {
      assert.equal(cleanTag(value), stored);
      assert.equal(escapeTag(cleanTag(value)), written);
    };
    f('/items/:id', '/items/:id');
    f('a b,c=d', 'a b,c=d', 'a\\ b\\,c\\=d');
    f(
      'two\nlines,x=1 1\nraw,b=c d=1',
      'two\ufffdlines,x=1 1\ufffdraw,b=c d=1',
      'two\ufffdlines\\,x\\=1\\ 1\ufffdraw\\,b\\=c\\ d\\=1',
    );
    f('end\\', 'end/');
    f('\\', '/');
    f('a\\\\b', 'a/\\b');
    f('a\\ b', 'a/ b', 'a/\\ b');
    f('a\\,b\\=c', 'a/,b/=c', 'a/\\,b/\\=c');
    f('/^\\/users\\/(\\d+)$/', '/^\\/users\\/(\\d+)$/'); // a RegExp keeps its backslashes
    f('\0\t\r\x7f\x85\u2028', '\ufffd'.repeat(6));
    f('lone \ud800 surrogate', 'lone \ufffd surrogate', 'lone\\ \ufffd\\ surrogate');
    f('"quoted" é 漢 👍', '"quoted" é 漢 👍', '"quoted"\\ é\\ 漢\\ 👍');
    f('', '');
    f('x'.repeat(70_000), `${'x'.repeat(MAX_TAG_LENGTH - 1)}…`);
    f('👍'.repeat(MAX_TAG_LENGTH), `${'👍'.repeat((MAX_TAG_LENGTH - 2) / 2)}\ufffd…`);
  });

  test('are replaced in text', () => {
    assert.equal(escapeText(cleanText('a"b\\')), 'a\\"b\\\\');
    assert.equal(escapeText(cleanText('a\nb')), 'a\ufffdb');
  });
});

describe('a trace id', () => {
  const id = '4bf92f3577b34da6a3ce929d0e0e4736';
  const short = 'a3ce929d0e0e4736';
  type Case = [text: string, expected: string | undefined];
  const cases: [name: string, mark: string, texts: Case[]][] = [
    [
      'of B3',
      TRACE_MARKS.b3,
      [
        [id, id],
        [short, `${'0'.repeat(16)}${short}`],
        [`${id.toUpperCase()}-00f067aa0ba902b7-1-05e3ac9a4f6e3b90`, id],
        [`${short}-00f067aa0ba902b7`, `${'0'.repeat(16)}${short}`],
        ['0', undefined],
        ['0'.repeat(32), undefined],
        [`${id}, ${id}`, undefined],
        [id.slice(1), undefined],
      ],
    ],
    [
      'of Datadog',
      TRACE_MARKS.datadog,
      [
        ['11803532876627986230,', '0000000000000000a3ce929d0e0e4736'],
        ['11803532876627986230,_dd.p.dm=-1,_dd.p.tid=4bf92f3577b34da6', id],
        ['11803532876627986230,_dd.p.tid=4bf92f3577b34da6,_dd.p.dm=-1', id],
        ['11803532876627986230,_dd.p.tid=4bf9', '0000000000000000a3ce929d0e0e4736'],
        ['1,', `${'0'.repeat(31)}1`],
        ['0,', undefined],
        ['18446744073709551616,', undefined], // 2 to the power of 64
        ['-1,', undefined],
        [`${short},`, undefined],
      ],
    ],
    [
      'of AWS X-Ray',
      TRACE_MARKS.xray,
      [
        ['Root=1-4bf92f35-77b34da6a3ce929d0e0e4736', id],
        ['Self=1-67891234-12456789abcdef012345678;Root=1-4bf92f35-77b34da6a3ce929d0e0e4736;Sampled=1', id],
        ['Parent=53995c3f42cd8ad8; Root=1-4BF92F35-77b34da6a3ce929d0e0e4736', id],
        ['Root=1-4bf92f35-77b34da6a3ce929d0e0e47360', undefined],
        ['Root=2-4bf92f35-77b34da6a3ce929d0e0e4736', undefined],
        ['Self=1-4bf92f35-77b34da6a3ce929d0e0e4736', undefined],
      ],
    ],
    ['of the user', TRACE_MARKS.own, [['{"a":\\}', '{"a":\\}']]],
  ];
  for (const [name, mark, texts] of cases) {
    test(name, () => {
      for (const [text, expected] of texts) assert.equal(traceId(mark + text), expected, text);
    });
  }

  test('of the user is escaped', () => {
    const line = encode([{ trace: `${TRACE_MARKS.own}a"b\\` }]);
    assert.match(line, /,trace_id="a\\"b\\\\" /);
  });
});

test('a trace id is taken from a valid traceparent only', () => {
  const id = '4bf92f3577b34da6a3ce929d0e0e4736';
  const span = '00f067aa0ba902b7';
  assert.equal(traceId(`00-${id}-${span}-01`), id);
  assert.equal(traceId(`cc-${id}-${span}-01-what-comes-later`), id);
  for (const bad of [
    '',
    `00-${id}-${span}-01-more`,
    `ff-${id}-${span}-01`,
    `00-${id.toUpperCase()}-${span}-01`,
    `00-${'0'.repeat(32)}-${span}-01`,
    `00-${id}-${'0'.repeat(16)}-01`,
    `00-${id}-${span}`,
    ` 00-${id}-${span}-01`,
    `00-${id}-${span}-01\n`,
  ]) {
    assert.equal(traceId(bad), undefined, bad);
  }
});

describe('between two attempts', () => {
  test('the wait doubles up to half a minute, with jitter', () => {
    assert.deepEqual(
      [1, 2, 3, 7, 8, 1000].map((failures) => retryDelay(failures, 1)),
      [500, 1000, 2000, 30_000, 30_000, 30_000],
    );
    assert.equal(retryDelay(1, 0), 250);
  });

  test('the wait is as long as the server asks for, up to ten minutes', () => {
    assert.equal(retryDelay(1, 1, 2000), 2000);
    assert.equal(retryDelay(8, 1, 2000), 30_000);
    assert.equal(retryDelay(1, 1, 1e12), 600_000);
  });

  test('Retry-After is read in seconds or as a date', () => {
    const now = Date.parse('Sun, 22 Nov 2026 08:00:00 GMT');
    assert.equal(retryAfter('2', now), 2000);
    assert.equal(retryAfter('Sun, 22 Nov 2026 08:00:05 GMT', now), 5000);
    assert.equal(retryAfter('Sun, 22 Nov 2026 07:00:00 GMT', now), 0);
    for (const junk of [undefined, '', '-1', 'soon', '1.5e3x']) assert.equal(retryAfter(junk, now), 0);
  });
});
