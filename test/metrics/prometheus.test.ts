import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { fastify } from 'fastify';
import * as promClient from 'prom-client';
import { rawRequestsFastify } from '../../src/adapters/fastify.ts';
import { rawRequests } from '../../src/index.ts';
import { durationLabels, RequestDurations } from '../../src/metrics/durations.ts';
import { recorderRegistry } from '../../src/metrics/recorder-registry.ts';
import { type PrometheusOptions, prometheusMetrics } from '../../src/prometheus.ts';
import { Batch } from '../../src/record/batch.ts';
import { fakeInflux } from '../support/fake-influx.ts';
import { counts, DURATION, parse, registry, valueIn } from '../support/prometheus.ts';
import { run } from '../support/run.ts';
import { listen } from '../support/server.ts';
import { temporaryFolder } from '../support/spooling.ts';
import { until } from '../support/within.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));

const get = async (url: string) => (await fetch(url)).text();

describe('raw-requests/prometheus without InfluxDB', () => {
  const observing = (t: TestContext, options = {}) => {
    const record = rawRequests({ prometheus: true, ...options });
    t.after(() => record.close());
    return record;
  };

  test('counts requests that are over and those in flight', async (t) => {
    const { scrape } = registry(t);
    const record = observing(t);
    let finish: (() => void) | undefined;
    const { url } = await listen(t, (req, res) => {
      record(req, res);
      if (req.url === '/wait') finish = () => res.end();
      else res.end();
    });
    const waiting = get(`${url}/wait`);
    await get(url);
    await until(() => finish !== undefined, 'the request has arrived');
    let series = await scrape();
    assert.equal(valueIn(series, 'http_server_active_requests'), 1);
    assert.equal(valueIn(series, `${DURATION}_count`), 1);
    assert.equal(
      valueIn(series, 'raw_requests_recorded_total'),
      valueIn(series, 'raw_requests_acknowledged_total'),
    );
    finish!();
    await waiting;
    await until(() => recorderRegistry().inFlight === 0, 'all requests are over');
    series = await scrape();
    assert.equal(valueIn(series, 'http_server_active_requests'), 0);
    assert.equal(valueIn(series, `${DURATION}_count`), 2);
    assert.deepEqual(counts(series)[0]!.labels, {
      http_request_method: 'GET',
      http_response_status_code: '200',
    });
    const utilization = valueIn(series, 'nodejs_eventloop_utilization_ratio')!;
    assert.ok(utilization >= 0 && utilization <= 1);
    assert.equal(record.stats().recorded, 0);
  });

  test('counts on when batches are full, and what a closed recorder has counted stays', async (t) => {
    const { scrape } = registry(t);
    const record = observing(t, { batchLines: 3, route: () => '/' });
    const { url } = await listen(t, (req, res) => {
      record(req, res);
      res.end();
    });
    for (let i = 1; i <= 10; i++) {
      await get(url);
      await until(() => recorderRegistry().inFlight === 0, 'all requests are over');
      if (i % 4 === 0) assert.equal(valueIn(await scrape(), `${DURATION}_count`), i);
    }
    await record.close();
    assert.equal(valueIn(await scrape(), `${DURATION}_count`), 10);
  });

  test('is off with everything else', async () => {
    const record = rawRequests({ prometheus: true, enabled: false });
    assert.equal(recorderRegistry().sources.size, 0);
    await record.close();
  });

  test('bounds the routes as InfluxDB has them', async (t) => {
    const { scrape } = registry(t);
    const record = observing(t, { maxRoutes: 2, route: (req: { url: string }) => req.url });
    const { url } = await listen(t, (req, res) => {
      record(req, res);
      res.end();
    });
    for (const path of ['/a', '/b', '/c', '/d', '/a']) await get(url + path);
    await until(() => recorderRegistry().inFlight === 0, 'all requests are over');
    assert.deepEqual(
      counts(await scrape()).map(({ labels, value }) => [labels.http_route, value]),
      [
        ['/a', 2],
        ['/b', 1],
        ['(other)', 2],
      ],
    );
  });

  test('has the routes that adapters know', async (t) => {
    const { scrape } = registry(t);
    const app = fastify();
    await app.register(rawRequestsFastify, { prometheus: true });
    app.get('/items/:item', async () => 'ok');
    const url = await app.listen({ port: 0, host: '127.0.0.1' });
    await get(`${url}/items/1`);
    await get(`${url}/none`);
    await until(() => recorderRegistry().inFlight === 0, 'all requests are over');
    await app.close();
    const routes = counts(await scrape()).map(({ labels }) => labels.http_route);
    assert.deepEqual(routes, ['/items/:item', undefined]);
  });

  test('is the same with register, and in a cluster', async (t) => {
    const file = join(temporaryFolder(t), 'app.mjs');
    const prom = JSON.stringify(pathToFileURL(createRequire(import.meta.url).resolve('prom-client')).href);
    writeFileSync(
      file,
      `import cluster from 'node:cluster';
       import http from 'node:http';
       import prom from ${prom};
       import { prometheusMetrics } from ${JSON.stringify(pathToFileURL(join(root, 'dist/prometheus.js')).href)};
       const aggregator = new prom.AggregatorRegistry();
       if (cluster.isPrimary) {
         for (let i = 0; i < 2; i++) {
           const worker = cluster.fork();
           await new Promise((resolve) => worker.once('message', (text) => text === 'done' && resolve()));
         }
         // The workers share the port, and with it the requests; the last may not be over yet.
         let text = '';
         for (let tries = 0; tries < 1000 && !/_count.* 10$/m.test(text); tries++) text = await aggregator.clusterMetrics();
         console.log(text);
         process.exit();
       }
       prometheusMetrics({ register: prom.register });
       const server = http.createServer((req, res) => res.end());
       server.listen(0, '127.0.0.1', async () => {
         for (let i = 0; i < 5; i++) await (await fetch('http://127.0.0.1:' + server.address().port)).text();
         process.send('done');
       });`,
    );
    const register = pathToFileURL(join(root, 'dist/register.js')).href;
    const { stdout, stderr } = await run(['--import', register, file], {
      RAW_REQUESTS_PROMETHEUS: 'on',
      INFLUX_URL: '',
      RAW_REQUESTS: '',
    });
    assert.equal(stderr, '');
    const series = parse(stdout);
    assert.equal(valueIn(series, `${DURATION}_count`), 10);
    assert.equal(series.filter(({ labels }) => labels.le === '+Inf')[0]?.value, 10);
    assert.ok(valueIn(series, 'nodejs_eventloop_utilization_ratio')! <= 1);
  });
});

describe('raw-requests/prometheus', () => {
  test('counts a request once that passes several recorders, for several registries', async (t) => {
    const [first, second] = [await fakeInflux(t), await fakeInflux(t)];
    const registries = [registry(t), registry(t)];
    const records = [first, second].map(({ url }) => rawRequests({ url, database: 'requests' }));
    const { url } = await listen(t, (req, res) => {
      for (const record of records) record(req, res);
      res.end();
    });
    for (let i = 0; i < 5; i++) await get(url);
    await until(() => recorderRegistry().inFlight === 0, 'all requests are over');
    for (const { scrape } of registries) assert.equal(valueIn(await scrape(), `${DURATION}_count`), 5);
    await Promise.all(records.map((record) => record.close()));
  });

  test('checks its options as all others', () => {
    const register = new promClient.Registry();
    const f = (options: unknown, message: string) => {
      assert.throws(() => prometheusMetrics(options as PrometheusOptions), { name: 'ConfigError', message });
    };
    f({ register, prefx: 'x' }, 'Unknown option `prefx`: there are `register`, `logger`, `logLevel`');
    f({ register, loglevel: 'warn' }, 'Unknown option `loglevel`: did you mean `logLevel`?');
    f({}, 'Expected `register` to be set: the registry that the metrics are added to');
    f(undefined, 'Expected the options to be an object, got `undefined`');
    f(
      { register: {} },
      'Expected `register` to be a registry of prom-client with the functions registerMetric, removeSingleMetric, metrics, got an object',
    );
    f(
      { register, logLevel: 'loud' },
      'Expected `logLevel` to be one of trace, debug, info, warn, error, fatal, silent, got `"loud"`',
    );
    assert.deepEqual(register.getMetricsAsArray(), []);
  });

  test('throws for a registry that has such a metric, and leaves it as it was', async () => {
    const register = new promClient.Registry();
    new promClient.Gauge({ name: 'raw_requests_queued', help: 'mine', registers: [register] });
    assert.throws(() => prometheusMetrics({ register }), /raw_requests_queued has already been registered/);
    assert.match(await register.metrics(), /^# HELP raw_requests_queued mine\n/);
    assert.equal(register.getMetricsAsArray().length, 1);
  });

  test('serves OpenMetrics, and is gone when it is closed', async () => {
    const register = new promClient.Registry<promClient.OpenMetricsContentType>();
    register.setContentType(promClient.Registry.OPENMETRICS_CONTENT_TYPE);
    const metrics = prometheusMetrics({ register });
    for (let i = 0; i < 2; i++) {
      const text = await register.metrics();
      assert.match(text, /^# TYPE raw_requests_recorded counter\nraw_requests_recorded_total \d+$/m);
      assert.match(text, /# EOF\n$/);
    }
    metrics.close();
    metrics.close();
    assert.equal(register.getMetricsAsArray().length, 0);
  });

  test('says in the log that nothing is observed, once, and answers 500 when a metric fails', async (t) => {
    const register = new promClient.Registry();
    const said: string[] = [];
    const log = (_: object, message: string) => void said.push(message);
    const metrics = prometheusMetrics({ register, logger: { debug: log, info: log, warn: log, error: log } });
    t.after(() => metrics.close());
    const { url } = await listen(t, metrics.handler);
    assert.equal((await fetch(url)).status, 200);
    const collect = () => {
      throw new Error('no value');
    };
    new promClient.Gauge({ name: 'broken', help: 'broken', registers: [register], collect });
    const response = await fetch(url);
    assert.deepEqual([response.status, await response.text()], [500, 'no value']);
    assert.equal(said.length, 1);
    assert.match(said[0]!, /RAW_REQUESTS_PROMETHEUS=on/);
  });

  test('names what failed as OpenTelemetry does', () => {
    const method = { http_request_method: 'GET' };
    const on = { ...method, http_route: '/a' };
    for (const [tags, labels] of [
      [['GET', '/a', 200, 'finished'], { ...on, http_response_status_code: '200' }],
      [['GET', '(unmatched)', 404, 'finished'], { ...method, http_response_status_code: '404' }],
      [['GET', '/a', 500, 'finished'], { ...on, http_response_status_code: '500', error_type: '500' }],
      [['GET', '/a', 502, 'aborted'], { ...on, http_response_status_code: '502', error_type: '502' }],
      [['GET', '/a', 200, 'aborted'], { ...on, http_response_status_code: '200', error_type: 'aborted' }],
      [['GET', '/a', 0, 'aborted'], { ...on, error_type: 'aborted' }],
      [['GET', '/a', 0, 'unfinished'], { ...on, error_type: 'unfinished' }],
      [['GET', '/a', 400, 'rejected'], { ...on, http_response_status_code: '400' }],
      [['GET', '/a', 101, 'upgraded'], { ...on, http_response_status_code: '101' }],
    ] as const) {
      assert.deepEqual(durationLabels(tags), labels);
    }
  });

  test('keeps no more than 10 000 sets of labels, and counts on', () => {
    const durations = new RequestDurations();
    const routes = 10_500;
    for (let i = 0; i < routes; i++) {
      const batch = new Batch(1);
      batch.begin({ generation: i, baseMs: 0, wall: 0n, floor: 0, era: 0, sequence: i + 1 });
      batch.series.push(['GET', `/${i}`, 200, 'finished']);
      batch.columns.duration[0] = 5;
      batch.rows = 1;
      durations.add(batch);
      durations.add(batch);
    }
    const all = [...durations.histograms()];
    assert.equal(all.length, 10_001);
    assert.deepEqual(all.at(-1)!.labels, {
      http_request_method: '_OTHER',
      http_response_status_code: '200',
      http_route: '(other)',
    });
    assert.equal(
      all.reduce((sum, { buckets }) => sum + buckets[0]!, 0),
      routes,
    );
  });
});
