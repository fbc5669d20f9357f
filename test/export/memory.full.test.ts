import assert from 'node:assert/strict';
import type { EventEmitter } from 'node:events';
import http from 'node:http';
import { test } from 'node:test';
import { rawRequests } from '../../src/index.ts';
import type { MixedLoad } from '../bench/memory/load.ts';
import type { Memory } from '../bench/memory/server.ts';
import { Helper } from '../bench/process.ts';
import type { Received } from '../bench/sink.ts';
import { fakeInflux } from '../support/fake-influx.ts';
import { listen } from '../support/server.ts';

// In short what `npm run bench:memory` shows at length.

const MB = 2 ** 20;
const REQUESTS = 8000;

test('tens of thousands of requests, many of them aborted, leave nothing behind', {
  timeout: 120_000,
}, async () => {
  const load = await Helper.start<MixedLoad, void>('memory/load.js');
  const sink = await Helper.start<'received', Received>('sink.js');
  const { url } = await sink.ask('received');
  const server = await Helper.start<'sample', Memory>('memory/server.js', ['--sink', url]);
  try {
    const { port } = await server.ask('sample');
    const samples: Memory[] = [];
    for (let i = 0; i < 4; i++) {
      await load.ask({ port, connections: 32, requests: REQUESTS });
      samples.push(await server.ask('sample'));
    }
    const [first, last] = [samples[0]!, samples.at(-1)!];
    assert.ok(last.seen >= 4 * REQUESTS);
    // Each has ended: none waits, open, for something that will not come.
    const { recorded, acknowledged } = last.stats!;
    assert.deepEqual([recorded, acknowledged], [last.seen, last.seen]);
    // Anything that is kept of each request would be ten times as much.
    const grown = (figure: 'heap' | 'external') => (last[figure] - first[figure]) / MB;
    assert.ok(grown('heap') < 2, `heap: ${grown('heap')} MB`);
    assert.ok(grown('external') < 2, `buffers: ${grown('external')} MB`);
    assert.ok(last.worker / MB < 32, `worker thread: ${last.worker / MB} MB`);
  } finally {
    for (const helper of [load, sink, server]) await helper.stop();
  }
});

test('a connection has as many listeners after a thousand requests as after the first', async (t) => {
  const influx = await fakeInflux(t);
  const record = rawRequests({ url: influx.url, database: 'requests', logLevel: 'silent' });
  t.after(() => record.close());
  const counts: string[] = [];
  const count = (emitter: EventEmitter) =>
    emitter.eventNames().map((name) => `${String(name)} ${emitter.listenerCount(name)}`);
  const { port } = await listen(t, (req, res) => {
    record(req, res);
    counts.push([req.socket, process].map(count).join());
    res.end();
  });
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  t.after(() => agent.destroy());
  for (let i = 0; i < 1000; i++) {
    await new Promise<void>((resolve) => {
      http.get({ port, host: '127.0.0.1', agent }, (res) => res.resume().on('end', resolve));
    });
  }
  assert.equal(counts.length, 1000);
  assert.equal(counts.at(-1), counts[1]);
});
