import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Options, rawRequests } from '../../src/index.ts';
import { fakeInflux } from '../support/fake-influx.ts';
import { listen } from '../support/server.ts';

async function closed(t: Parameters<typeof fakeInflux>[0], options: Options, requests: number) {
  const influx = await fakeInflux(t);
  const recorder = rawRequests({ url: influx.url, database: 'requests', logLevel: 'silent', ...options });
  const { url } = await listen(t, (req, res) => {
    recorder(req, res);
    res.end();
  });
  for (let i = 0; i < requests; i++) await (await fetch(url)).text();
  await recorder.close();
  return influx.ofProcess;
}

test('a recorder that is closed writes the start of its process, the stop, and the last state of its ledger', async (t) => {
  const points = await closed(t, { service: 'shop', hostname: 'web "1"' }, 3);
  const events = points.filter(({ measurement }) => measurement === 'process-event');
  assert.deepEqual(
    events.map(({ fields, tags }) => [fields.event, tags.process_type, tags.pid, tags.service]),
    ['start', 'stop'].map((event) => [event, 'shop', String(process.pid), 'shop']),
  );
  const [start, stop] = events;
  assert.equal(start!.time / 1_000_000n, BigInt(Math.floor(performance.timeOrigin)));
  assert.ok(stop!.time > start!.time);
  const { uptime, text, node } = stop!.fields;
  assert.ok(Number(uptime) > 0 && start!.fields.uptime === 0);
  assert.equal(node, process.versions.node);
  assert.match(String(text), /^shop .*stopped on web "1", pid \d+, Node\.js /);
  const ledgers = points.filter(({ measurement }) => measurement === 'delivery');
  const { recorded, acknowledged, queued } = ledgers.at(-1)!.fields;
  assert.deepEqual([recorded, acknowledged, queued], [3, 3, 0]);
});

test('a recorder without requests writes nothing about its process, and one without `processInfo` only its ledger', async (t) => {
  assert.deepEqual(await closed(t, {}, 0), []);
  const points = await closed(t, { processInfo: false, requestMetrics: false }, 1);
  assert.deepEqual([...new Set(points.map(({ measurement }) => measurement))], ['delivery']);
});
