import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import http from 'node:http';
import { createInterface } from 'node:readline';
import { describe, type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Row } from '../../src/cli/influxql.ts';
import { influxdb } from '../support/real/influx.ts';

/** Runs an example as its first lines say, sends it requests, ends it with SIGTERM and returns its points. */
async function run(t: TestContext, name: string, paths: string[], processes = 1): Promise<Row[]> {
  const influxd = await influxdb(t);
  const example = spawn(
    process.execPath,
    [fileURLToPath(new URL(`../../../examples/${name}.js`, import.meta.url))],
    {
      env: { ...process.env, PORT: '0', INFLUX_URL: influxd.url, INFLUX_DATABASE: 'requests' },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  t.after(() => example.kill('SIGKILL'));
  const url = await listening(example, processes);
  for (const path of paths) await get(new URL(path, url));
  example.kill('SIGTERM');
  const [status] = await once(example, 'exit');
  assert.equal(status, 0);
  return influxd.query('SELECT * FROM "raw-requests"', 'requests');
}

/** Waits until so many processes have printed the address. */
async function listening(example: ChildProcess, processes: number): Promise<string> {
  let said = 0;
  for await (const line of createInterface({ input: example.stdout! })) {
    if (++said === processes) return line.split(' ')[0]!;
  }
  return assert.fail('the example ended before it listened');
}

/** A request on a connection of its own. */
async function get(url: URL): Promise<void> {
  const [res] = (await once(http.get(url, { agent: false }), 'response')) as [http.IncomingMessage];
  res.resume();
  await once(res, 'end');
}

describe('the examples record every request', () => {
  test('express.js', async (t) => {
    const points = await run(t, 'express', ['/', '/items/42', '/items/43', '/nothing']);
    assert.deepEqual(
      points.map(({ route, status, outcome }) => [route, status, outcome]),
      [
        ['/', '200', 'finished'],
        ['/items/:id', '200', 'finished'],
        ['/items/:id', '200', 'finished'],
        ['(unmatched)', '404', 'finished'],
      ],
    );
  });

  test('node-http.js, with the names that its `route` gives', async (t) => {
    const points = await run(t, 'node-http', ['/', '/items/42', '/items/43?q=1', '/nothing']);
    assert.deepEqual(
      points.map(({ route }) => route),
      ['/', '/items/:id', '/items/:id', '(unmatched)'],
    );
  });

  test('cluster.js, in each of its four workers', async (t) => {
    const points = await run(t, 'cluster', Array(20).fill('/'), 4);
    assert.equal(points.length, 20);
    assert.deepEqual([...new Set(points.map(({ worker }) => worker))].sort(), ['1', '2', '3', '4']);
    assert.equal(new Set(points.map((point) => point.process)).size, 4);
  });
});
