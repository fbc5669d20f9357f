import assert from 'node:assert/strict';
import http from 'node:http';
import { after, before, describe, test } from 'node:test';
import { trace } from '@opentelemetry/api';
import { NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
import { rawRequests } from '../../src/index.ts';
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
});
