import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { describe, type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import autocannon from 'autocannon';
import type { Row } from '../../src/cli/influxql.ts';
import { influxdb } from '../support/real/influx.ts';
import { victoriaMetrics } from '../support/real/victoria.ts';

/** Express handles a tenth of the requests that `node:http` handles in the same time. */
const REQUESTS = { 'node-http': 8000, cluster: 8000, express: 2000 } as const;

type Kind = keyof typeof REQUESTS;

/** In turn on each connection; `[method, path, route, status]`. */
const MIX: [autocannon.Request['method'] & string, string, string, string][] = [
  ['GET', '/', '/', '200'],
  ['GET', '/tenants/42/items/7', '/tenants/:tenant/items/:item', '200'],
  ['POST', '/orders', '/orders', '201'],
  ['GET', '/tenants/7/broken', '/tenants/:tenant/broken', '500'],
  ['GET', '/nothing/here', '(unmatched)', '404'],
];

interface Loaded {
  readonly result: autocannon.Result;
  /** Requests that the application itself counted; a cluster does not. */
  readonly served: number;
}

/** Runs an application, sends it all of its {@link REQUESTS}, lets it end, and returns what was answered. */
async function load(
  t: TestContext,
  kind: Kind,
  env: Record<string, string>,
  { execArgv = [], pipelining = 1 }: { execArgv?: string[]; pipelining?: number } = {},
): Promise<Loaded> {
  const requests = REQUESTS[kind];
  const app = fork(fileURLToPath(new URL('../fixtures/load-app.js', import.meta.url)), [kind], {
    env: { ...process.env, ...env },
    execArgv,
    silent: true,
  });
  let output = '';
  app.stdout!.on('data', (chunk) => {
    output += chunk;
  });
  const outputEnds = once(app.stdout!, 'end');
  app.stderr!.resume();
  t.after(() => app.kill('SIGKILL'));
  const [port] = await Promise.race([
    once(app, 'message'),
    once(app, 'exit').then(([status]) => assert.fail(`the application ended with status ${status}`)),
  ]);
  const result = await autocannon({
    url: `http://127.0.0.1:${port}`,
    amount: requests,
    connections: 20,
    pipelining,
    requests: MIX.map(([method, path]) => ({
      method,
      path,
      ...(method === 'POST' ? { body: 'some goods' } : {}),
    })),
  });
  const exited = once(app, 'exit');
  app.disconnect();
  const [status] = await exited;
  assert.equal(status, 0);
  await outputEnds;
  const { served, recorded, acknowledged } =
    kind === 'cluster' ? { served: requests, recorded: 0, acknowledged: 0 } : JSON.parse(output);
  assert.equal(acknowledged, recorded, `delivered at exit: ${output}`);
  if (pipelining === 1) {
    assert.equal(result['2xx'] + result.non2xx, requests);
    assert.equal(served, requests);
  }
  return { result, served };
}

function tally<T>(items: T[], key: (item: T) => string): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const item of items) counts[key(item)] = (counts[key(item)] ?? 0) + 1;
  return counts;
}

/** Each process's sequence is 1, 2, 3 ... without a gap. */
function assertSequences(processes: Map<string, number[]>): void {
  for (const [name, sequences] of processes) {
    sequences.sort((a, b) => a - b);
    for (const [index, sequence] of sequences.entries()) assert.equal(sequence, index + 1, name);
  }
}

function groupBy(rows: Row[], column: string): Map<string, Row[]> {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const key = String(row[column]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [row]);
    else group.push(row);
  }
  return groups;
}

describe('thousands of requests', () => {
  for (const [kind, processes] of [
    ['express', 1],
    ['node-http', 1],
    ['cluster', 4],
  ] as const) {
    test(`to ${kind} are exactly as many points in InfluxDB, with route, status, process and worker`, async (t) => {
      const influx = await influxdb(t);
      const { result } = await load(t, kind, { INFLUX_URL: influx.url, INFLUX_DATABASE: 'requests' });
      const [count] = await influx.query('SELECT count("sequence") FROM "raw-requests"', 'requests');
      assert.equal(count!.count, REQUESTS[kind]);

      const rows = await influx.query(
        'SELECT "sequence", "process", "worker", "method", "route", "status", "outcome" FROM "raw-requests"',
        'requests',
      );
      const series = tally(rows, (row) => `${row.method} ${row.route} ${row.status} ${row.outcome}`);
      const routeOf = (path: string, route: string) =>
        kind === 'node-http' ? path.replace(/\d+/g, ':id') : route;
      assert.deepEqual(
        Object.keys(series).sort(),
        MIX.map(
          ([method, path, route, status]) => `${method} ${routeOf(path, route)} ${status} finished`,
        ).sort(),
      );
      assert.equal(tally(rows, (row) => String(row.status)[0]!)['2'], result['2xx']);

      const byProcess = groupBy(rows, 'process');
      assert.equal(byProcess.size, processes);
      assertSequences(
        new Map([...byProcess].map(([name, its]) => [name, its.map((row) => Number(row.sequence))])),
      );
      const workers = [...byProcess.values()].map((its) => [...new Set(its.map((row) => row.worker))].join());
      assert.deepEqual(workers.sort(), kind === 'cluster' ? ['1', '2', '3', '4'] : ['0']);
    });
  }

  test('in pipelines, through the middleware and register at once, are exactly as many points in InfluxDB', async (t) => {
    const influx = await influxdb(t);
    const execArgv = ['--import', new URL('../../src/register.js', import.meta.url).href];
    const env = { INFLUX_URL: influx.url, INFLUX_DATABASE: 'requests' };
    // autocannon leaves as soon as it has its answers, with others in the pipeline: the application's own count is exact.
    const { served } = await load(t, 'express', env, { execArgv, pipelining: 10 });
    const rows = await influx.query('SELECT "sequence", "outcome" FROM "raw-requests"', 'requests');
    assert.ok(served > REQUESTS.express * 0.9);
    const outcomes = tally(rows, (row) => String(row.outcome));
    assert.equal(rows.length, served + (outcomes.rejected ?? 0), JSON.stringify(outcomes));
    assertSequences(new Map([['the one process', rows.map((row) => Number(row.sequence))]]));
  });

  test('to express are exactly as many points in VictoriaMetrics, through /api/v2/write', async (t) => {
    const victoria = await victoriaMetrics(t);
    await load(t, 'express', {
      INFLUX_URL: victoria.url,
      INFLUX_BUCKET: 'requests',
      INFLUX_ORG: 'any',
      INFLUX_TOKEN: 'any',
    });
    const series = await victoria.values('raw-requests_sequence', REQUESTS.express);
    const sequences = series.flatMap(({ values }) => values);
    assert.equal(sequences.length, REQUESTS.express);
    assertSequences(new Map([['the one process', sequences]]));
    assert.deepEqual(
      series
        .map(({ labels }) => `${labels.method} ${labels.route} ${labels.status} ${labels.outcome}`)
        .sort(),
      MIX.map(([method, , route, status]) => `${method} ${route} ${status} finished`).sort(),
    );
  });
});
