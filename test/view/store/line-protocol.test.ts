import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { encodeBatch } from '../../../src/export/encode/encode-batch.ts';
import { Columns, ROW_BYTES } from '../../../src/record/batch.ts';
import { Texts } from '../../../src/record/texts.ts';
import { unitOf } from '../../../src/record/timestamp-units.ts';
import { LineProtocolParser } from '../../../src/view/store/line-protocol/body-parser.ts';
import { parseKey } from '../../../src/view/store/line-protocol/key.ts';
import { fieldName, fieldText, Kind, type Line } from '../../../src/view/store/line-protocol/line.ts';

interface Read {
  measurement: string;
  tags: Record<string, string>;
  fields: Record<string, string | number | bigint | boolean>;
  time: bigint;
}

const NOW = 1_700_000_000_000_000_000n;

/** What a body is read as. */
function read(body: string | Uint8Array, precision = 'ns') {
  const points: Read[] = [];
  const bytes = typeof body === 'string' ? Buffer.from(body) : body;
  const scanned = new LineProtocolParser().parse(bytes, unitOf(precision)!, NOW, (line) => {
    const key = parseKey(line.bytes.subarray(line.start, line.keyEnd));
    if (typeof key === 'string') return key;
    const fields = Array.from({ length: line.fields }, (_, i) => [fieldName(line, i), contentOf(line, i)]);
    points.push({
      measurement: key.measurement,
      tags: Object.fromEntries(key.tags),
      fields: Object.fromEntries(fields),
      time: BigInt(line.seconds) * 1_000_000_000n + BigInt(line.nanoseconds),
    });
    return undefined;
  });
  return { points, ...scanned };
}

function contentOf(line: Line, i: number): string | number | bigint | boolean {
  switch (line.kind[i]) {
    case Kind.text:
      return fieldText(line, i);
    case Kind.boolean:
      return line.value[i] === 1;
    case Kind.integer:
      return BigInt(line.high[i]!) * 1_000_000_000n + BigInt(line.low[i]!);
    default:
      return line.value[i]!;
  }
}

function one(line: string, precision = 'ns'): Read {
  const { points, problems } = read(line, precision);
  assert.deepEqual(problems, [], line);
  assert.equal(points.length, 1, line);
  return points[0]!;
}

describe('line protocol', () => {
  test('measurement, tags, fields and time', () => {
    assert.deepEqual(one('cpu,host=a,zone=b value=1.5,count=3i,text="x" 1795337029000535224'), {
      measurement: 'cpu',
      tags: { host: 'a', zone: 'b' },
      fields: { value: 1.5, count: 3n, text: 'x' },
      time: 1_795_337_029_000_535_224n,
    });
  });

  const escaped: [line: string, expected: Partial<Read>][] = [
    [
      String.raw`a\ b\,c,t\ 1\,\==v\ 1\,\= f\ 1\,\==1 1`,
      { measurement: 'a b,c', tags: { 't 1,=': 'v 1,=' }, fields: { 'f 1,=': 1 } },
    ],
    [
      String.raw`a,t=C:\dir f="C:\dir" 1`,
      { tags: { t: String.raw`C:\dir` }, fields: { f: String.raw`C:\dir` } },
    ],
    [String.raw`a f="say \"hi\", \\ and = it" 1`, { fields: { f: String.raw`say "hi", \ and = it` } }],
    [String.raw`a f="\\" 1`, { fields: { f: '\\' } }],
    ['a f="two\nlines" 1', { fields: { f: 'two\nlines' } }],
    ['a f="",g="," 1', { fields: { f: '', g: ',' } }],
    [
      'ä,täg=värde,e=🦊 fält="日本" 1',
      { measurement: 'ä', tags: { täg: 'värde', e: '🦊' }, fields: { fält: '日本' } },
    ],
    ['a,__proto__=x f=1 1', { measurement: 'a' }],
    ['a"b,t="q" f=1 1', { measurement: 'a"b', tags: { t: '"q"' } }],
  ];
  for (const [line, expected] of escaped) {
    test(`unescapes ${line}`, () => {
      const { measurement, tags, fields } = one(line);
      const all: Partial<Read> = { measurement, tags, fields };
      for (const [name, value] of Object.entries(expected)) assert.deepEqual(all[name as keyof Read], value);
    });
  }

  test('numbers of every form', () => {
    for (const [text, value] of [
      ['1', 1],
      ['-1', -1],
      ['-0.5', -0.5],
      ['1.', 1],
      ['.5', 0.5],
      ['+2', 2],
      ['007', 7],
      ['0', 0],
      ['0.009369959', 0.009369959],
      ['1e3', 1000],
      ['1E-3', 0.001],
      ['123456789012345678', 123_456_789_012_345_680],
      ['0.1234567890123456789', 0.123_456_789_012_345_68],
      ['1.7976931348623157e308', Number.MAX_VALUE],
      ['0i', 0n],
      ['-5i', -5n],
      ['7u', 7n],
      ['1795337029000535224i', 1_795_337_029_000_535_224n],
      ['9223372036854775807i', 9_223_372_036_854_775_807n],
      ['-9223372036854775808i', -9_223_372_036_854_775_808n],
      ['1234567890123456i', 1_234_567_890_123_456n],
      ['t', true],
      ['TRUE', true],
      ['True', true],
      ['f', false],
      ['false', false],
    ] as const) {
      assert.equal(one(`a v=${text} 1`).fields.v, value, text);
    }
  });

  test('timestamps in every precision, negative ones and none', () => {
    for (const [precision, unit] of [
      ['n', 1n],
      ['ns', 1n],
      ['u', 1000n],
      ['us', 1000n],
      ['ms', 1_000_000n],
      ['s', 1_000_000_000n],
      ['m', 60_000_000_000n],
      ['h', 3_600_000_000_000n],
    ] as const) {
      assert.equal(one('a v=1 400000', precision).time, 400_000n * unit, precision);
      assert.equal(one('a v=1 -3', precision).time, -3n * unit, precision);
      assert.equal(one('a v=1', precision).time, NOW, precision);
    }
    assert.equal(one('a v=1 9223372036854775806').time, 9_223_372_036_854_775_806n);
    assert.equal(one('a v=1 999999999').time, 999_999_999n);
    assert.equal(unitOf('days'), undefined);
    assert.equal(unitOf('constructor'), undefined);
  });

  test('comments, empty lines, blanks and line ends of Windows', () => {
    const { points, accepted, refused } = read(
      '# a comment v=1\n\n  \r\na v=1 1\r\n\tb v=2 2  \n  c   v=3   3\n\nd v=4\r\ne v=5',
    );
    assert.deepEqual([accepted, refused], [5, 0]);
    assert.deepEqual(
      points.map(({ measurement, fields, time }) => [measurement, fields.v, time]),
      [
        ['a', 1, 1n],
        ['b', 2, 2n],
        ['c', 3, 3n],
        ['d', 4, NOW],
        ['e', 5, NOW],
      ],
    );
    assert.deepEqual(read(''), { points: [], accepted: 0, refused: 0, problems: [] });
  });

  const bad: [line: string, reason: string][] = [
    ['cpu', 'missing fields'],
    ['cpu ', 'missing fields'],
    [',t=1 v=1', 'missing measurement'],
    ['cpu,=1 v=1', 'missing tag key'],
    ['cpu,t v=1', 'missing tag value'],
    ['cpu,t= v=1', 'missing tag value'],
    ['cpu,t=1=2 v=1', 'invalid tag format'],
    ['cpu,t=1,t=2 v=1', 'duplicate tags'],
    ['cpu value', 'invalid field format'],
    ['cpu =1', 'missing field key'],
    ['cpu v=', 'missing field value'],
    ['cpu v=,w=1', 'missing field value'],
    ['cpu v=1,', 'invalid field format'],
    ['cpu v=1x', 'invalid number'],
    ['cpu v=1.2.3', 'invalid number'],
    ['cpu v=-', 'invalid number'],
    ['cpu v=.', 'invalid number'],
    ['cpu v=1e', 'invalid number'],
    ['cpu v=1.5i', 'invalid number'],
    ['cpu v=-1u', 'invalid number'],
    ['cpu v=9223372036854775808i', 'invalid number'],
    ['cpu v=12345678901234567890i', 'invalid number'],
    ['cpu v=1e999', 'invalid number'],
    ['cpu v=NaN', 'invalid boolean'],
    ['cpu v=maybe', 'invalid boolean'],
    ['cpu v="open', 'unbalanced quotes'],
    ['cpu v="a"b', 'invalid field format'],
    ['cpu v=1 soon', 'bad timestamp'],
    ['cpu v=1 1.5', 'bad timestamp'],
    ['cpu v=1 1 2', 'bad timestamp'],
    ['cpu v=1 -', 'bad timestamp'],
    ['cpu v=1 99999999999999999999', 'time outside range -9223372036854775806 - 9223372036854775806'],
    ['cpu v=1 9223372036854775807', 'time outside range -9223372036854775806 - 9223372036854775806'],
  ];
  for (const [line, reason] of bad) {
    test(`refuses ${line}, and keeps what is around it`, () => {
      const { points, accepted, refused, problems } = read(`a v=1 1\n${line}\nb v="x",w=2 2\nc v="y" 3\n`);
      assert.deepEqual(problems, [`unable to parse '${line.trimEnd()}': ${reason}`]);
      assert.deepEqual([accepted, refused], [3, 1]);
      assert.deepEqual(
        points.map(({ measurement }) => measurement),
        ['a', 'b', 'c'],
      );
    });
  }

  test('a time that a precision makes too large is refused', () => {
    assert.equal(read('a v=1 1795337029000535224', 's').refused, 1);
  });

  test('quotes only a part of a long line, and the first ten of many', () => {
    const { problems, refused } = read(`${'x'.repeat(10_000)}\n`.repeat(50));
    assert.equal(refused, 50);
    assert.equal(problems.length, 10);
    assert.ok(problems.every((problem) => problem.length < 300));
  });

  test('refuses a line that exceeds a bound, and says which bound', () => {
    const tags = (count: number) => Array.from({ length: count }, (_, i) => `,t${i}=1`).join('');
    const key = (bytes: number) => `m,t=${'x'.repeat(bytes - 4)}`;
    const fields = (bytes: number) => 'a=1,'.repeat(bytes / 4);
    for (const [within, beyond, reason] of [
      [`m${tags(256)} v=1 1`, `m${tags(257)} v=1 1`, 'more than 256 tags'],
      [`${key(65_535)} v=1 1`, `${key(65_536)} v=1 1`, 'measurement and tags have more than 65535 bytes'],
      [
        `m ${fields(2 ** 20 - 8)}b=1 1`,
        `m ${fields(2 ** 20 - 4)}b=1 1`,
        'the line has more than 1048576 bytes',
      ],
      [
        `m v="${'x\n'.repeat(2 ** 19 - 4)}" 1`,
        `m v="${'x\n'.repeat(2 ** 19)}" 1`,
        'unbalanced quotes, or a line of more than 1048576 bytes',
      ],
      ['m v=1', `m${' '.repeat(2 ** 20)}v=1`, 'the line has more than 1048576 bytes'],
      ['m v=1', `m v=1${' '.repeat(2 ** 20)}1`, 'the line has more than 1048576 bytes'],
    ] as const) {
      const { points, problems } = read(`a v=1 1\n${within}\n${beyond}\nb v=1 1\n`);
      const [first = ''] = problems;
      assert.ok(first.endsWith(`': ${reason}`), first.slice(-100));
      assert.ok(first.length < 400);
      const measurements = points.map(({ measurement }) => measurement);
      assert.deepEqual(measurements.filter((name) => name !== 'x').slice(0, 3), ['a', 'm', 'b']);
    }
  });

  test('reads the same in steps as at once', () => {
    const words = fc.constantFrom(
      'a v=1 1\n',
      'a,t=b v="x\ny",w=2i\n',
      '# no\n',
      '\n',
      'a v="\n',
      'bad',
      ' ',
      '"',
    );
    fc.assert(
      fc.property(fc.array(words, { maxLength: 400 }), (parts) => {
        const body = Buffer.from(parts.join(''));
        const at = (steps: boolean) => {
          const seen: string[] = [];
          const scan = new LineProtocolParser().begin(body, 1n, NOW);
          const see = ({ bytes, start, keyEnd, seconds }: Line) => {
            seen.push(`${Buffer.from(bytes.subarray(start, keyEnd))} ${seconds}`);
            return undefined;
          };
          let count = 0;
          while (!scan.step(see, () => steps)) count++;
          assert.ok(steps || count === 0);
          return { seen, accepted: scan.accepted, refused: scan.refused, problems: scan.problems };
        };
        assert.deepEqual(at(true), at(false));
      }),
      { numRuns: 500 },
    );
  });

  test('a body of quotes that are never closed takes no more than moments', () => {
    const start = performance.now();
    assert.equal(read(`a v="${'x'.repeat(20)}\n`.repeat(100_001)).refused > 0, true);
    assert.ok(performance.now() - start < 5000);
  });

  test('never throws, and reads the same from any bytes twice', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        assert.deepEqual(read(bytes), read(bytes));
      }),
      { numRuns: 2000 },
    );
    const characters = fc.constantFrom(...'abt,= "\\\n\r1.-eiu#0Tf\t');
    fc.assert(
      fc.property(fc.string({ unit: characters, maxLength: 80 }), (text) => {
        const { accepted, points } = read(text);
        assert.equal(accepted, points.length);
      }),
      { numRuns: 5000 },
    );
  });

  test('reads back what the library writes', () => {
    const text = fc.string({ unit: 'binary', maxLength: 40 });
    const row = fc.record({
      route: text,
      path: text,
      duration: fc.double({ min: 0, max: 100_000, noNaN: true }),
      bytesOut: fc.nat(),
      status: fc.integer({ min: 100, max: 999 }),
      after: fc.integer({ min: 100, max: 1e9 }),
    });
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 20 }), (rows) => {
        const buffer = new SharedArrayBuffer(rows.length * ROW_BYTES);
        const columns = new Columns(buffer, rows.length);
        const texts = new Texts();
        let end = 0;
        rows.forEach((content, i) => {
          end += content.after;
          columns.end[i] = end;
          columns.duration[i] = content.duration;
          columns.firstByte[i] = Number.NaN;
          columns.queueTime[i] = Number.NaN;
          columns.bytesOut[i] = content.bytesOut;
          columns.slot[i] = i + 1;
          columns.series[i] = i;
          columns.path[i] = texts.push(content.path);
        });
        const base = 1_795_337_029_000_000_000n;
        const lines = encodeBatch(
          {
            buffer,
            capacity: rows.length,
            rows: rows.length,
            base,
            era: 0,
            firstSequence: 7,
            series: rows.map(({ route, status }) => ['GET', route, status, 'finished'] as const),
            texts: texts.buffer,
          },
          { hostname: 'a b' },
        );
        const { points, problems } = read(lines);
        assert.deepEqual(problems, []);
        assert.equal(points.length, rows.length);
        points.forEach(({ measurement, tags, fields, time }, i) => {
          const { duration, bytesOut, status } = rows[i]!;
          assert.equal(measurement, 'raw-requests');
          assert.equal(tags.hostname, 'a b');
          assert.equal(tags.status, String(status));
          assert.equal(fields.bytes_out, BigInt(bytesOut));
          assert.equal(fields.sequence, BigInt(7 + i));
          assert.equal(fields.application_time, Math.round(duration * 1e6) / 1e9);
          assert.equal(time - (fields.start_time as bigint), BigInt(Math.round(duration * 1e6)));
        });
      }),
      { numRuns: 300 },
    );
  });
});
