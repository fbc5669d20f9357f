import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ABSENT, CHUNK_ROWS, TRACE_BYTES } from '../../src/view/shared/columns.ts';
import { Store } from '../../src/view/store/store.ts';

const store = (max = 1_000_000) => new Store(max);
const write = (to: Store, text: string) => to.write(Buffer.from(text), 1n);

/** The tags of a row. */
function tagsOf(of: Store, row: number): Readonly<Record<string, string>> {
  const id = of.rows.chunkOf(row).series[row % CHUNK_ROWS]!;
  return of.series.since(0).find((series) => series.id === id)!.tags;
}

const LINE =
  'raw-requests,hostname=web-1,method=GET,outcome=finished,process=web-1:4711,route=/a,status=200,thread=0,worker=0 ' +
  'application_time=0.009369959,bytes_in=5i,bytes_out=28i,first_byte_time=0.009169739,in_flight=3i,path="/a/1",' +
  'queue_time=0.25,sequence=19995i,slot=2i,start_time=1795337028991165265i,' +
  'trace_id="0af7651916cd43dd8448eb211c80319c" 1795337029000535224\n';

describe('the store of the viewer', () => {
  test('keeps all of a request', () => {
    const kept = store();
    write(kept, LINE);
    const chunk = kept.rows.chunkOf(0);
    assert.equal(chunk.timestamp[0], 1_795_337_029_000_535_224n);
    assert.equal(chunk.leadOf(0), 9_369_959);
    assert.equal(chunk.duration[0], 0.009369959);
    assert.equal(chunk.firstByte[0], Math.fround(0.009169739));
    assert.equal(chunk.queueTimeOf(0), 0.25);
    assert.deepEqual([chunk.bytesIn[0], chunk.bytesOut[0]], [5, 28]);
    assert.deepEqual([chunk.sequence[0], chunk.slot[0], chunk.inFlight[0]], [19_995, 2, 3]);
    assert.equal(
      Buffer.from(chunk.trace.subarray(0, TRACE_BYTES)).toString('hex'),
      '0af7651916cd43dd8448eb211c80319c',
    );
    assert.deepEqual(kept.texts.since(chunk.path[0]!), [[chunk.path[0], '/a/1']]);
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
    assert.deepEqual([chunk.bytesIn[0], chunk.bytesOut[0]], [ABSENT, ABSENT]);
    assert.deepEqual([chunk.sequence[0], chunk.slot[0], chunk.inFlight[0], chunk.path[0]], [0, 0, 0, 0]);
    assert.deepEqual(tagsOf(kept, 0), { hostname: 'h' });
    write(kept, 'raw-requests start_time=1795337028000000000i 1795337029000000000\n');
    assert.equal(chunk.duration[1], 1);
    // Integers as floats, numbers beyond a column's, texts where numbers belong.
    write(
      kept,
      'raw-requests application_time=1i,slot=2,bytes_out=99999999999i,in_flight=-1i,sequence="x" 1\n',
    );
    assert.deepEqual([chunk.duration[2], chunk.slot[2], chunk.bytesOut[2]], [1, 2, ABSENT - 1]);
    assert.deepEqual([chunk.inFlight[2], chunk.sequence[2]], [0, 0]);
    assert.equal(kept.counters().received, 3);
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
    ];
    const kept = store();
    for (const time of times) write(kept, `raw-requests application_time=0 ${time}\n`);
    assert.deepEqual([...kept.rows.chunkOf(0).timestamp.subarray(0, times.length)], times);
  });

  test('what is no request goes elsewhere: points without a duration, other measurements, ledgers', () => {
    const kept = store();
    write(
      kept,
      'raw-requests,hostname=h note="x",weight=2 1000000000\n' +
        'cpu,host=a text="x",usage=1.5,idle=2 1000000\ncpu,host=a usage=2.5 2000000\nnote text="only" 1\n' +
        'delivery,process=h:1 recorded=5i,acknowledged=3i,queued=2i 1000000\n' +
        'delivery,process=h:1 recorded=9i,acknowledged=9i,queued=0i 3000000\n' +
        'delivery,process=h:1 recorded=6i 2000000\n',
    );
    const { others, ledgers, counters } = kept.state();
    assert.equal(counters.received, 0);
    assert.equal(counters.otherPoints, 4);
    assert.deepEqual(others, [
      { measurement: 'raw-requests', tags: { hostname: 'h' }, field: 'weight', points: [[1000, 2]] },
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
        'process-info,pid=1 cpu=12.5,memory=100i 1000000\n',
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
        body += `raw-requests application_time=${i}${i < 20_000 ? `,path="/p",trace_id="${'ab'.repeat(16)}"` : ''} ${i}\n`;
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
    const series = kept.series.since(0);
    assert.ok(series.length <= 20_001, `${series.length}`);
    const names = new Set(series.flatMap(({ tags }) => Object.keys(tags)));
    assert.ok(names.size <= 2 + 41, `${names.size}`);
    const routes = new Set(series.map(({ tags }) => tags.route));
    assert.ok(routes.has('(other)') && routes.size <= 2001, `${routes.size}`);
    assert.equal(tagsOf(kept, 59_999).route, '(other)');
    assert.ok(kept.texts.since(1).length <= 50_000);
  });

  test('a flood of other measurements and ledgers stays within bounds', () => {
    const kept = store();
    let body = '';
    for (let i = 0; i < 5000; i++)
      body += `m${i},t=${i} v=${i} ${i}\ndelivery,process=${i} recorded=${i}i ${i}\n`;
    write(kept, `${body}${'m v=1\n'.repeat(1000)}`);
    const { others, ledgers, counters } = kept.state();
    assert.equal(counters.otherPoints, 6000);
    assert.ok(others.length <= 64 && ledgers.length <= 256);
    assert.ok(others.every(({ points }) => points.length <= 120));
    assert.ok(others.some(({ measurement }) => measurement === 'm4999'));
  });

  test('has room for new routes once those of a flood are gone', () => {
    const kept = store(2 * CHUNK_ROWS);
    for (let i = 0; i < 5000; i++) write(kept, `raw-requests,route=/flood/${i} application_time=1 ${i}\n`);
    assert.equal(tagsOf(kept, 4999).route, '(other)');
    for (let i = 0; i < 12; i++) write(kept, 'raw-requests,route=/a application_time=1 1\n'.repeat(4000));
    write(kept, 'raw-requests,route=/new application_time=1 1\n');
    assert.equal(tagsOf(kept, kept.rows.endRow - 1).route, '/new');
  });

  test('tag sets that are written differently are the same', () => {
    const kept = store();
    write(kept, 'raw-requests,a=1,b=2 application_time=1 1\nraw-requests,b=2,a=1 application_time=1 2\n');
    assert.equal(kept.series.since(0).length, 1);
  });
});
