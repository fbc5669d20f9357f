import assert from 'node:assert/strict';
import http from 'node:http';
import { after, before, describe, type TestContext, test } from 'node:test';
import { trace } from '@opentelemetry/api';
import { NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
import { type Options, rawRequests } from '../../src/index.ts';
import { fakeInflux } from '../support/fake-influx.ts';
import { register } from '../support/registered.ts';
import { listen } from '../support/server.ts';

const ID = '4bf92f3577b34da6a3ce929d0e0e4736';

describe('trace_id', () => {
  const provider = new NodeTracerProvider();
  before(() => provider.register());
  after(() => provider.shutdown());
  const tracer = trace.getTracer('test');

  test('is that of the active span, in code', async (t) => {
    const influx = await fakeInflux(t);
    const record = rawRequests({ url: influx.url, database: 'requests', flushIntervalMs: 10 });
    t.after(() => record.close());
    let active: string | undefined;
    const { url } = await listen(t, (req, res) => {
      record(req, res);
      tracer.startActiveSpan('work', async (span) => {
        active = span.spanContext().traceId;
        await new Promise(setImmediate); // the context follows what is awaited
        res.end();
        span.end();
      });
    });
    await fetch(url);
    const [point] = await influx.stored(1);
    assert.match(active ?? '', /^[0-9a-f]{32}$/);
    assert.equal(point!.fields.trace_id, active);
  });

  test('is that of the active span with register, which goes before the header', async (t) => {
    const app = await register(t);
    let active: string | undefined;
    const port = await app.listen(
      http.createServer((req, res) => {
        if (req.url === '/bare') return void res.end();
        tracer.startActiveSpan('work', { root: true }, (span) => {
          active = span.spanContext().traceId;
          res.end();
          span.end();
        });
      }),
    );
    const headers = { traceparent: `00-${ID}-00f067aa0ba902b7-01` };
    await fetch(`http://127.0.0.1:${port}/traced`, { headers });
    await fetch(`http://127.0.0.1:${port}/bare`, { headers });
    const points = await app.points(2);
    assert.deepEqual(
      points.map(({ fields }) => fields.trace_id),
      [active, ID],
    );
  });

  /** Serves with what `headers` and `options` say; returns the trace ids of requests with these headers. */
  async function idsOf(t: TestContext, headers: Record<string, string>[], options: Options = {}) {
    const influx = await fakeInflux(t);
    const settings = {
      url: influx.url,
      database: 'requests',
      flushIntervalMs: 10,
      logLevel: 'silent',
    } as const;
    const record = rawRequests({ ...settings, ...options });
    t.after(() => record.close());
    const { url } = await listen(t, (req, res) => {
      record(req, res);
      res.end();
    });
    for (const one of headers) await (await fetch(url, { headers: one })).text();
    const points = await influx.stored(headers.length);
    return { ids: points.map(({ fields }) => fields.trace_id), stats: record.stats() };
  }

  test('is that of the first header that is there', async (t) => {
    const all = {
      traceparent: `00-${ID}-00f067aa0ba902b7-01`,
      b3: `${'b'.repeat(32)}-00f067aa0ba902b7-1`,
      'x-b3-traceid': 'c'.repeat(32),
      'x-datadog-trace-id': '3540',
      'x-datadog-tags': `_dd.p.tid=${'d'.repeat(16)}`,
      'x-amzn-trace-id': `Root=1-${'e'.repeat(8)}-${'e'.repeat(24)}`,
    };
    const names = ['traceparent', 'b3', 'x-b3-traceid', 'x-datadog-trace-id', 'x-amzn-trace-id'];
    const left = (count: number) =>
      Object.fromEntries(Object.entries(all).filter(([name]) => !names.slice(0, count).includes(name)));
    const { ids } = await idsOf(
      t,
      [0, 1, 2, 3, 4, 5].map(left).concat({ ...all, traceparent: 'junk' }, { b3: 'x'.repeat(8000) }),
    );
    assert.deepEqual(ids, [
      ID,
      'b'.repeat(32),
      'c'.repeat(32),
      `${'d'.repeat(16)}0000000000000dd4`,
      'e'.repeat(32),
      undefined,
      undefined,
      undefined,
    ]);
  });

  test('is what the option says, and what it cannot say is counted', async (t) => {
    const given: unknown[] = [
      '8f:"1\\"',
      undefined,
      '',
      'x'.repeat(129),
      'two words',
      7,
      Promise.resolve('a'),
    ];
    const { ids, stats } = await idsOf(
      t,
      given.map((_, i) => ({ traceparent: `00-${ID}-00f067aa0ba902b7-01`, 'x-index': String(i) })),
      { traceId: (req) => given[Number(req.headers['x-index'])] as string },
    );
    assert.deepEqual(ids, [given[0], ...Array(given.length - 1).fill(ID)]);
    assert.equal(stats.hookErrors, given.length - 2);
  });
});
