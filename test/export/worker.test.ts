import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, type TestContext, test } from 'node:test';
import type { Worker } from 'node:worker_threads';
import { type Options, rawRequests } from '../../src/index.ts';
import { type FakeInflux, fakeInflux } from '../support/fake-influx.ts';
import { listen } from '../support/server.ts';
import { within } from '../support/within.ts';

/** A recorded server, and the worker thread that its recorder starts. */
async function recorded(t: TestContext, influx: FakeInflux, options: Options = {}) {
  const recorder = rawRequests({
    url: influx.url,
    database: 'requests',
    flushIntervalMs: 10,
    logLevel: 'silent',
    ...options,
  });
  t.after(() => recorder.close());
  const { url } = await listen(t, (req, res) => {
    recorder(req, res);
    res.end();
  });
  const request = async (count: number) => {
    for (let i = 0; i < count; i++) await (await fetch(url)).text();
  };
  const nextWorker = async () => (await once(process, 'worker'))[0] as Worker;
  return { recorder, request, nextWorker };
}

test('the worker thread is started after the first request, long before the first flush', async (t) => {
  const influx = await fakeInflux(t);
  const { request, nextWorker } = await recorded(t, influx, { flushIntervalMs: 60_000 });
  const first = nextWorker();
  await request(1);
  await within(first, 'the thread is started');
});

describe('a worker thread that dies', () => {
  test('is replaced, and its successor delivers what it had not delivered', async (t) => {
    const influx = await fakeInflux(t);
    const { recorder, request, nextWorker } = await recorded(t, influx);
    influx.answer = () => {}; // keeps the first batch in flight, and others behind it
    const first = nextWorker();
    await request(10);
    const worker = await first;
    while (influx.writes.length === 0) await new Promise(setImmediate);
    await request(10);
    influx.answer = undefined;
    const second = nextWorker();
    await worker.terminate();
    await request(10);
    await second;
    const points = await influx.stored(30);
    while (recorder.stats().queued > 0) await recorder.flush();
    assert.deepEqual(recorder.stats(), {
      recorded: 30,
      acknowledged: 30,
      queued: 0,
      spooled: 0,
      dropped: 0,
      unknown: 0,
      rejected: 0,
      hookErrors: 0,
      internalErrors: 0,
      queueTimeErrors: 0,
      recovered: 0,
    });
    const identity = (point: (typeof points)[0]) => `${point.fields.sequence} ${point.time}`;
    assert.equal(new Set(points.map(identity)).size, 30);
    assert.equal(
      new Set(influx.writes.flatMap((write) => write.points).map(identity)).size,
      30,
      'sent again with the same timestamps',
    );
  });

  test('before it has encoded anything loses nothing', async (t) => {
    const influx = await fakeInflux(t);
    const { recorder, request, nextWorker } = await recorded(t, influx);
    const first = nextWorker().then((worker) => worker.terminate());
    await request(5);
    await first;
    await influx.stored(5);
    while (recorder.stats().queued > 0) await recorder.flush();
    assert.equal(recorder.stats().acknowledged, 5);
  });

  test('by an error does not end the process', async (t) => {
    const influx = await fakeInflux(t);
    const { recorder, request, nextWorker } = await recorded(t, influx);
    const first = nextWorker();
    await request(1);
    await influx.stored(1);
    const worker = await first;
    worker.emit('error', new Error('on purpose')); // what a worker that throws comes to in this thread
    await worker.terminate();
    await request(1);
    await influx.stored(2);
    await recorder.flush();
    assert.equal(recorder.stats().acknowledged, 2);
  });
});

test('a worker thread is started by the first batch, not before', async (t) => {
  const influx = await fakeInflux(t);
  let workers = 0;
  const count = () => workers++;
  process.on('worker', count);
  t.after(() => process.off('worker', count));
  const { request } = await recorded(t, influx);
  assert.equal(workers, 0);
  await request(1);
  await influx.stored(1);
  assert.equal(workers, 1);
});
