import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { CHUNK_ROWS, TRACE_BYTES } from '../../../src/view/shared/columns.ts';
import { Store } from '../../../src/view/store/store.ts';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

const store = (max = 1_000_000) => new Store(max);
const write = (to: Store, text: string) => to.write(Buffer.from(text), 1n);

/** The tags of a row. */
function tagsOf(of: Store, row: number): Readonly<Record<string, string>> {
  const id = of.rows.chunkOf(row).series[row % CHUNK_ROWS]!;
  return of.series.addedAfter(0).find((series) => series.id === id)!.tags;
}

const LINE =
  'raw-requests,hostname=web-1,method=GET,outcome=finished,process=web-1:4711,route=/a,status=200,thread=0,worker=0 ' +
  'application_time=0.009369959,bytes_in=5i,bytes_out=28i,connection_requests=4i,first_byte_time=0.009169739,in_flight=3i,path="/a/1",' +
  'queue_time=0.25,sequence=19995i,slot=2i,start_time=1795337028991165265i,' +
  'trace_id="0af7651916cd43dd8448eb211c80319c" 1795337029000535224\n';

describe('the store of the viewer', () => {
  test('keeps all of a request', () => {
    const kept = store();
    write(kept, LINE);
    const chunk = kept.rows.chunkOf(0);
    assert.equal(chunk.timestamp[0], 1_795_337_029_000_535_224n);
    assert.equal(chunk.leadOf(0), 9_369_959);
    assert.equal(chunk.startOf(0), 1_795_337_028_991_165_265n);
    assert.equal(chunk.duration[0], 0.009369959);
    assert.equal(chunk.firstByte[0], Math.fround(0.009169739));
    assert.equal(chunk.queueTimeOf(0), 0.25);
    assert.deepEqual([chunk.bytesIn.get(0), chunk.bytesOut.get(0)], [5, 28]);
    assert.deepEqual([chunk.sequence.get(0), chunk.slot.get(0), chunk.inFlight.get(0)], [19_995, 2, 3]);
    assert.equal(chunk.connectionRequests.get(0), 4);
    assert.equal(
      Buffer.from(chunk.trace.subarray(0, TRACE_BYTES)).toString('hex'),
      '0af7651916cd43dd8448eb211c80319c',
    );
    assert.deepEqual(
      kept.texts.addedAfter(0).map(({ id, text }) => [id, text]),
      [[chunk.path[0], '/a/1']],
    );
    assert.deepEqual(tagsOf(kept, 0), {
      hostname: 'web-1',
      method: 'GET',
      outcome: 'finished',
      process: 'web-1:4711',
      route: '/a',
      status: '200',
      thread: '0',
      worker: '0',
    });
  });

  test('takes requests of other writers, without what they do not know', () => {
    const kept = store();
    write(kept, 'raw-requests,hostname=h application_time=0.25 1795337029000000000\n');
    const chunk = kept.rows.chunkOf(0);
    assert.deepEqual([chunk.duration[0], chunk.leadOf(0)], [0.25, 250_000_000]);
    assert.ok(Number.isNaN(chunk.firstByte[0]) && Number.isNaN(chunk.queueTimeOf(0)));
    assert.deepEqual([chunk.bytesIn.get(0), chunk.bytesOut.get(0)], [-1, -1]);
    assert.deepEqual(
      [chunk.sequence.get(0), chunk.slot.get(0), chunk.inFlight.get(0), chunk.path[0]],
      [0, 0, 0, 0],
    );
    assert.deepEqual(tagsOf(kept, 0), { hostname: 'h' });
    write(kept, 'raw-requests start_time=1795337028000000000i 1795337029000000000\n');
    assert.equal(chunk.duration[1], 1);
    // Integers as floats, and the other way round; fields that are not known; texts that are no trace ids.
    write(
      kept,
      'raw-requests application_time=1i,slot=2,weight=5,slots="x",trace_id="abc",path=7 1000000000\n',
    );
    assert.deepEqual([chunk.duration[2], chunk.slot.get(2), chunk.path[2]], [1, 2, 0]);
    assert.equal(kept.counters().received, 3);
  });

  test('keeps numbers as large as they are', () => {
    const kept = store();
    const line = (fields: string) => `raw-requests application_time=0.5,${fields} 1795337029000000000\n`;
    write(
      kept,
      line(
        'bytes_in=0i,bytes_out=4294967295i,sequence=4294967296i,slot=65535i,in_flight=65536i,connection_requests=4294967295i',
      ),
    );
    write(
      kept,
      line('bytes_in=99999999999i,bytes_out=281474976710654i,sequence=281474976710655i,slot=16777215i'),
    );
    const chunk = kept.rows.chunkOf(0);
    assert.deepEqual([chunk.bytesIn.get(0), chunk.bytesOut.get(0)], [0, 4_294_967_295]);
    assert.deepEqual(
      [chunk.sequence.get(0), chunk.slot.get(0), chunk.inFlight.get(0)],
      [4_294_967_296, 65_535, 65_536],
    );
    assert.deepEqual(
      [0, 1].map((row) => chunk.connectionRequests.get(row)),
      [4_294_967_295, 0],
    );
    assert.deepEqual([chunk.bytesIn.get(1), chunk.bytesOut.get(1)], [99_999_999_999, 281_474_976_710_654]);
    assert.deepEqual(
      [chunk.sequence.get(1), chunk.slot.get(1), chunk.inFlight.get(1)],
      [281_474_976_710_655, 16_777_215, 0],
    );
  });

  const END = 1_795_337_029_000_535_224n;
  const TEN_YEARS_S = 315_576_000n;
  test('takes no point for a request that has a value which no request can have', () => {
    const times = [
      '1e300',
      '-1e300',
      '-0.001',
      '315576001',
      '"NaN"',
      '"0.5"',
      'true',
      '9223372036854775807i',
    ];
    const numbers = ['-1i', '-5', '1.5', '1e300', '"1"', 't', '9223372036854775807i', '281474976710656i'];
    const starts = [
      ...[
        '9223372036854775806i',
        '-9223372036854775808i',
        '9999999999999999999u',
        '1.5',
        '1e300',
        '"1"',
        'f',
      ],
      ...[`${END + 1n}i`, `${END - TEN_YEARS_S * 1_000_000_000n - 1n}i`],
    ];
    for (const fields of [
      ...times.map((value) => `application_time=${value}`),
      ...times.map((value) => `application_time=1,first_byte_time=${value}`),
      ...times.map((value) => `application_time=1,queue_time=${value}`),
      ...numbers.flatMap((value) =>
        ['bytes_in', 'bytes_out', 'slot', 'in_flight', 'sequence', 'connection_requests'].map(
          (name) => `application_time=1,${name}=${value}`,
        ),
      ),
      ...starts.flatMap((value) => [`start_time=${value}`, `application_time=1,start_time=${value}`]),
      // Half a year apart.
      `application_time=1,start_time=${END - 15_552_000_000_000_000n}i`,
      'weight=2,bytes_in=5i',
    ]) {
      const kept = store();
      const { accepted: taken, refused } = write(
        kept,
        `raw-requests,hostname=h ${fields} ${END}\nraw-requests,hostname=h application_time=2 ${END}\n`,
      );
      assert.deepEqual([taken, refused], [2, 0], fields);
      const { received, notRequests, otherPoints } = kept.counters();
      assert.deepEqual([received, notRequests, otherPoints], [1, 1, 0], fields);
      assert.equal(kept.rows.chunkOf(0).duration[0], 2);
    }
  });

  test('takes for a request what is just within: no time at all, ten years, the first ns that can be told', () => {
    const kept = store();
    const first = -9_223_372_036_854_775_806n;
    for (const fields of [
      `application_time=0,first_byte_time=0,queue_time=0,start_time=${END}i ${END}`,
      `application_time=-0 ${END}`,
      `application_time=315576000,first_byte_time=315576000,queue_time=315576000 ${END}`,
      `start_time=${END - TEN_YEARS_S * 1_000_000_000n}i ${END}`,
      `application_time=0.5,start_time=${first}i ${first + 700_000_000n}`,
      `application_time=20000000.123456789,start_time=${END - 20_000_000_123_456_787n}i ${END}`,
      `application_time=1,start_time=1795337028000535296 ${END}`,
    ]) {
      write(kept, `raw-requests ${fields}\n`);
    }
    assert.equal(kept.counters().received, 7);
    const chunk = kept.rows.chunkOf(0);
    assert.deepEqual([chunk.duration[0], chunk.firstByte[0], chunk.queueTimeOf(0)], [0, 0, 0]);
    assert.ok(Object.is(chunk.duration[1], 0));
    assert.deepEqual(
      [chunk.duration[2], chunk.firstByte[2], chunk.queueTimeOf(2)],
      Array(3).fill(315_576_000),
    );
    assert.equal(chunk.startOf(3), END - TEN_YEARS_S * 1_000_000_000n);
    assert.equal(chunk.startOf(4), first);
    assert.equal(chunk.startOf(5), END - 20_000_000_123_456_787n, 'to the ns, also after months');
    assert.equal(chunk.startOf(6), 1_795_337_028_000_535_296n);
  });

  test('a flood of what is no request takes no room from those that are', () => {
    const kept = store();
    let body = '';
    for (let i = 0; i < 5000; i++) body += `raw-requests,route=/no/${i},own${i}=x application_time=-1 1\n`;
    write(kept, `${body}raw-requests,route=/yes,own=x application_time=1 1000000000\n`);
    assert.deepEqual(tagsOf(kept, 0), { route: '/yes', own: 'x' });
    assert.equal(kept.counters().notRequests, 5000);
  });

  test('writes times of any size as they are', () => {
    const times = [
      0n,
      1n,
      999_999_999n,
      4_294_967_296n,
      1_795_337_029_000_535_224n,
      9_223_372_036_854_775_806n,
      -1n,
      -5_000_000_001n,
      -9_223_372_035_000_000_000n,
    ];
    const kept = store();
    for (const time of times) write(kept, `raw-requests application_time=0 ${time}\n`);
    assert.deepEqual([...kept.rows.chunkOf(0).timestamp.subarray(0, times.length)], times);
  });

  test('what is no request goes elsewhere: other measurements, ledgers', () => {
    const kept = store();
    write(
      kept,
      'cpu,host=a text="x",usage=1.5,idle=2 1000000\ncpu,host=a usage=2.5 2000000\nnote text="only" 1\n' +
        'delivery,process=h:1 recorded=5i,acknowledged=3i,queued=2i 1000000\n' +
        'delivery,process=h:1 recorded=9i,acknowledged=9i,queued=0i 3000000\n' +
        'delivery,process=h:1 recorded=6i 2000000\n',
    );
    const { others, ledgers, counters } = kept.state();
    assert.equal(counters.received, 0);
    assert.equal(counters.otherPoints, 3);
    assert.deepEqual(others, [
      {
        measurement: 'cpu',
        tags: { host: 'a' },
        field: 'usage',
        points: [
          [1, 1.5],
          [2, 2.5],
        ],
      },
    ]);
    const fields = { recorded: 9, acknowledged: 9, queued: 0 };
    assert.deepEqual(ledgers, [{ tags: { process: 'h:1' }, at: 3, fields }]);
  });

  test('of what this library says of a process, a few fields that tell most are kept', () => {
    const kept = store();
    write(
      kept,
      'request-metrics,process=h:1 application_time=1,event_loop_delay_max=0.2,event_loop_utilization=0.5 1000000\n' +
        'request-metrics,process=h:1,time_bucket=0.0 application_time_bucket=7i 1000000\n' +
        'process-info,pid=1 cpu=12.5,memory=100i 1000000\n' +
        'process-event,pid=1 uptime=0,event="start",text="shop started" 1000000\n',
    );
    const { others } = kept.state();
    assert.deepEqual(
      others.map(({ measurement, field, points }) => [measurement, field, points.map(([, value]) => value)]),
      [
        ['request-metrics', 'event_loop_delay_max', [0.2]],
        ['request-metrics', 'event_loop_utilization', [0.5]],
        ['process-info', 'cpu', [12.5]],
        ['process-info', 'memory', [100]],
      ],
    );
  });

  test('forgets the oldest by whole chunks, keeps at most `max`, and counts', () => {
    const max = 3 * CHUNK_ROWS;
    const kept = store(max);
    const rows = 10 * CHUNK_ROWS + 5;
    for (let row = 0; row < rows; row += 5) {
      let body = '';
      for (let i = row; i < row + 5; i++)
        body += `raw-requests application_time=${i}${i % 4 ? '' : `,sequence=${2 ** 40 + i}i,slot=${2 ** 20}i`}${i < 20_000 ? `,path="/p",trace_id="${'ab'.repeat(16)}"` : ''} ${i}\n`;
      write(kept, body);
      const { kept: now, evicted, received } = kept.counters();
      assert.ok(now <= max && received === now + evicted);
    }
    const { firstRow, kept: now } = kept.counters();
    assert.equal(firstRow % CHUNK_ROWS, 0);
    assert.ok(now > max - CHUNK_ROWS);
    for (const { chunk, row, count } of kept.rows) {
      for (let i = 0; i < count; i++) {
        assert.equal(chunk.duration[i], row + i);
        assert.equal(chunk.path[i], 0, 'of the row that was there before');
        assert.equal(chunk.slot.get(i), (row + i) % 4 ? 0 : 2 ** 20);
        assert.equal(chunk.sequence.get(i), (row + i) % 4 ? 0 : 2 ** 40 + row + i);
        assert.equal(chunk.trace[i * TRACE_BYTES], 0);
      }
    }
  });

  test('a flood of values, tags and paths stays within bounds, and is counted', () => {
    const kept = store();
    let body = '';
    for (let i = 0; i < 60_000; i++) {
      body += `raw-requests,method=GET,route=/r/${i},own${i % 100}=${i} application_time=1,path="/p/${i}" ${i}\n`;
    }
    write(kept, body);
    const { received, limited } = kept.counters();
    assert.equal(received, 60_000);
    assert.ok(limited! > 50_000, `${limited}`);
    const series = kept.series.addedAfter(0);
    assert.ok(series.length <= 20_001, `${series.length}`);
    const names = new Set(series.flatMap(({ tags }) => Object.keys(tags)));
    assert.ok(names.size <= 2 + 41, `${names.size}`);
    const routes = new Set(series.map(({ tags }) => tags.route));
    assert.ok(routes.has('(other)') && routes.size <= 2001, `${routes.size}`);
    assert.equal(tagsOf(kept, 59_999).route, '(other)');
    assert.ok(kept.texts.addedAfter(0).length <= 50_000);
  });

  test('a flood of other measurements and ledgers stays within bounds, and drives out nothing that is in use', () => {
    let now = 0;
    const kept = new Store(1_000_000, () => now);
    const flood = (from: number) => {
      let body = '';
      for (let i = from; i < from + 5000; i++)
        body += `m${i},t=${i} v=${i} ${i}\ndelivery,process=${i} recorded=${i}i ${i}\n`;
      write(kept, `${body}${'m0,t=0 v=1\n'.repeat(500)}`);
    };
    const shown = () => {
      const { others, ledgers } = kept.state();
      assert.deepEqual([others.length, ledgers.length], [64, 256]);
      assert.ok(others.every(({ points }) => points.length <= 120));
      return [...others.map(({ measurement }) => measurement), ...ledgers.map(({ tags }) => tags.process)];
    };
    flood(0);
    assert.ok(shown().includes('m63') && shown().includes('255'));
    now += 59_000;
    flood(10_000);
    assert.ok(shown().includes('m63') && !shown().includes('m10000'));
    now += 2000;
    flood(20_000);
    assert.ok(shown().includes('m0'), 'it was written to all the time');
    assert.ok(!shown().includes('m63') && shown().includes('m20000') && shown().includes('20000'));
    assert.equal(kept.counters().otherPoints, 3 * 5500);
  });

  test('what is kept of a long text is a copy, and holds no more of it', () => {
    const kept = store();
    const heap = () => {
      collect();
      return process.memoryUsage().heapUsed;
    };
    write(kept, LINE);
    const before = heap();
    // Each line keeps some twenty characters beside, or of, a text of 60 kB.
    const long = 'x'.repeat(60_000);
    for (let i = 0; i < 1500; i++) {
      const short = `a-value-of-its-own-${i}`;
      write(kept, `raw-requests,route=/${short},note=${i}${long} application_time=1 1\n`);
      write(kept, `raw-requests application_time=1,path="/${short}/${long}" 1\n`);
      if (i < 64) write(kept, `other-${short},note=${i}${long} ${short}=1 1\n`);
      if (i < 256) write(kept, `delivery,process=${short},note=${i}${long} ${short}=1i 1\n`);
    }
    const held = heap() - before;
    assert.ok(held < 20e6, `${Math.round(held / 1e6)} MB for 170 MB of lines`);
    assert.equal(
      kept.series.addedAfter(0).some(({ tags }) => tags.route === '/a-value-of-its-own-1499'),
      true,
    );
  });

  test('tags may have any name', () => {
    const kept = store();
    const names = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'a,b', 'a=b', 'a b'];
    const tags = names.map((name) => `${name.replace(/[,= ]/g, '\\$&')}=v`);
    write(kept, `raw-requests,${tags.join(',')} application_time=1 1\nraw-requests application_time=1 2\n`);
    assert.deepEqual(Object.keys(tagsOf(kept, 0)).sort(), names.toSorted());
    assert.deepEqual(tagsOf(kept, 1), {});
  });

  test('has room for new routes once those of a flood are gone', () => {
    const kept = store(2 * CHUNK_ROWS);
    for (let i = 0; i < 5000; i++) write(kept, `raw-requests,route=/flood/${i} application_time=1 ${i}\n`);
    assert.equal(tagsOf(kept, 4999).route, '(other)');
    for (let i = 0; i < 12; i++) write(kept, 'raw-requests,route=/a application_time=1 1\n'.repeat(4000));
    write(kept, 'raw-requests,route=/new application_time=1 1\n');
    assert.equal(tagsOf(kept, kept.rows.endRow - 1).route, '/new');
    // However long that goes on, tables by number stay small.
    for (let n = 0; n < 60; n++) {
      let body = '';
      for (let i = 0; i < 3000; i++)
        body += `raw-requests,route=/${n}/${i},own=${i} application_time=1,path="/${n}/${i}" 1\n`;
      write(kept, body);
    }
    assert.ok(kept.sweeps > 3, `${kept.sweeps}`);
    assert.ok(kept.series.ids <= 20_001 && kept.texts.ids <= 50_001, `${kept.series.ids} ${kept.texts.ids}`);
  });

  test('tag sets that are written differently are the same', () => {
    const kept = store();
    write(kept, 'raw-requests,a=1,b=2 application_time=1 1\nraw-requests,b=2,a=1 application_time=1 2\n');
    assert.equal(kept.series.addedAfter(0).length, 1);
  });
});
