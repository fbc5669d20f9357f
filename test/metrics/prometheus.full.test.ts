import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import * as successor from '@prometheus-io/client';
import autocannon from 'autocannon';
import * as promClient from 'prom-client';
import { rawRequests } from '../../src/index.ts';
import { BOUNDS } from '../../src/metrics/durations.ts';
import { recorderRegistry } from '../../src/metrics/recorder-registry.ts';
import { DURATION, parse, registry, valueIn } from '../support/prometheus.ts';
import { influxdb } from '../support/real/influx.ts';
import { listen } from '../support/server.ts';
import { until } from '../support/within.ts';

for (const [name, client] of Object.entries({
  'prom-client': promClient,
  '@prometheus-io/client': successor,
})) {
  test(`with ${name}, counts and sums by route and status are those of InfluxDB`, async (t) => {
    const influx = await influxdb(t);
    const { metrics } = registry(t, client as unknown as typeof promClient);
    const record = rawRequests({
      url: influx.url,
      database: 'requests',
      flushIntervalMs: 50,
      batchLines: 700,
      timeoutMs: 60_000, // flush() waits as long, also on a busy machine
    });
    t.after(() => record.close());
    const before = recorderRegistry().stats();
    const app = createRequire(import.meta.url)('express')();
    app.get('/metrics', metrics.handler);
    app.use(record);
    app.get('/items/:item', (_req: unknown, res: http.ServerResponse) => res.end('ok'));
    app.get('/slow/:ms', ({ params }: { params: { ms: string } }, res: http.ServerResponse) => {
      setTimeout(() => res.end('slow'), Number(params.ms));
    });
    app.post('/fail', (_req: unknown, res: http.ServerResponse) => {
      res.statusCode = 503;
      res.end();
    });
    app.get('/hangs', () => {});
    const { url, port } = await listen(t, app);

    const requests: autocannon.Request[] = [
      { method: 'GET', path: '/items/1' },
      { method: 'GET', path: '/items/2' },
      { method: 'POST', path: '/fail' },
      { method: 'GET', path: '/none' },
      ...[3, 12, 60].map((ms) => ({ method: 'GET', path: `/slow/${ms}` }) as const),
    ];
    await autocannon({ url, requests, connections: 20, amount: 4000 });
    const aborted = http.get({ port, host: '127.0.0.1', path: '/hangs' }).on('error', () => {});
    await once(aborted, 'socket');
    await until(() => recorderRegistry().inFlight > 0, 'the request has arrived');
    aborted.destroy();
    await until(() => recorderRegistry().inFlight === 0, 'all requests are over');

    const response = await fetch(`${url}/metrics`);
    assert.equal(response.headers.get('content-type'), 'text/plain; version=0.0.4; charset=utf-8');
    const series = parse(await response.text());
    await record.flush();
    const total = 4001;
    assert.equal(record.stats().acknowledged, total);
    assert.equal(valueIn(series, 'raw_requests_recorded_total'), (before.recorded ?? 0) + total);

    const stored = await influx.query(
      'SELECT count(application_time), sum(application_time) FROM "raw-requests" GROUP BY method, route, status',
      'requests',
    );
    const key = (...parts: unknown[]) => parts.join(' ');
    const expected = new Map(stored.map((row) => [key(row.method, row.route, row.status), row]));
    assert.deepEqual([...expected.keys()].sort(), [
      'GET (unmatched) 404',
      'GET /hangs 0',
      'GET /items/:item 200',
      'GET /slow/:ms 200',
      'POST /fail 503',
    ]);
    for (const part of ['count', 'sum'] as const) {
      const ours = series.filter((each) => each.name === `${DURATION}_${part}`);
      assert.equal(ours.length, expected.size);
      for (const { labels, value } of ours) {
        const { http_request_method, http_route = '(unmatched)', http_response_status_code = 0 } = labels;
        const row = expected.get(key(http_request_method, http_route, http_response_status_code));
        if (part === 'count') assert.equal(value, row!.count);
        else assert.ok(Math.abs(value / Number(row!.sum) - 1) < 1e-6, `${value} ${row!.sum}`);
      }
    }
    for (const le of BOUNDS) {
      const buckets = series.filter(
        (each) => each.name === `${DURATION}_bucket` && each.labels.le === String(le),
      );
      const [row] = await influx.query(
        `SELECT count(application_time) FROM "raw-requests" WHERE application_time <= ${le}`,
        'requests',
      );
      assert.equal(buckets.length, expected.size);
      assert.equal(
        buckets.reduce((sum, { value }) => sum + value, 0),
        row?.count ?? 0,
        `le ${le}`,
      );
    }
  });
}
