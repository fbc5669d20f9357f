import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { type FetchOptions, rawRequestsFetch } from '../../src/adapters/fetch.ts';
import { rawRequestsHono } from '../../src/adapters/hono.ts';
import { observeServers } from '../../src/capture/node/servers.ts';
import { resolveOptions } from '../../src/options/options.ts';
import { sharedRecorder } from '../../src/shared-recorder.ts';
import { type FakeInflux, fakeInflux } from '../support/fake-influx.ts';
import type { Point } from '../support/line-protocol.ts';
import { listen } from '../support/server.ts';
import { until } from '../support/within.ts';

const url = 'http://shop.example/items/42?q=1';
const optionsFor = ({ url }: FakeInflux) => ({ url, database: 'requests', flushIntervalMs: 10 });
const brief = ({ tags, fields }: Point) =>
  `${tags.method} ${tags.route} ${tags.status} ${tags.outcome} ${fields.bytes_out}`;

type Handler = (request: Request) => Response | Promise<Response>;

async function scene(t: TestContext, handler: Handler, options: FetchOptions = {}) {
  const influx = await fakeInflux(t);
  const wrapped = rawRequestsFetch(handler, { ...optionsFor(influx), ...options });
  t.after(() => wrapped.close());
  return { influx, wrapped };
}

/** A body that comes in two pieces, the second when `next` is called. */
function twoPieces() {
  let next = (): void => {};
  const second = new Promise<void>((resolve) => {
    next = resolve;
  });
  let isCancelled = false;
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      controller.enqueue(Buffer.from('first '));
      await second;
      if (isCancelled) return;
      controller.enqueue(Buffer.from('last'));
      controller.close();
    },
    cancel() {
      isCancelled = true;
      next();
    },
  });
  return { body, next, wasCancelled: () => isCancelled };
}

describe('a fetch handler', () => {
  const answers: readonly [name: string, make: () => Response, point: string][] = [
    ['text', () => new Response('an item.', { status: 201, headers: { 'x-a': 'b' } }), '201 finished 8'],
    ['JSON', () => Response.json({ a: 1 }), '200 finished 7'],
    ['no body', () => new Response(null, { status: 204 }), '204 finished 0'],
    ['an empty body', () => new Response(''), '200 finished 0'],
    ['a form', () => new Response(new URLSearchParams('a=b')), '200 finished 3'],
  ];
  for (const [name, make, point] of answers) {
    for (const read of ['text', 'arrayBuffer', 'body'] as const) {
      test(`that answers with ${name}, read by ${read}, gives the same response, and one point`, async (t) => {
        const response = make();
        const { influx, wrapped } = await scene(t, () => response);
        const got = await wrapped(new Request(url));
        assert.equal(got, response);
        const bytes = async (of: Response) => {
          if (read !== 'body') return Buffer.from((await of[read]()) as string);
          const chunks: Uint8Array[] = [];
          for await (const chunk of of.body ?? []) chunks.push(chunk);
          return Buffer.concat(chunks);
        };
        assert.deepEqual([...got.headers], [...make().headers]);
        assert.deepEqual(await bytes(got), await bytes(make()));
        assert.deepEqual((await influx.stored(1)).map(brief), [`GET (unmatched) ${point}`]);
      });
    }
  }

  test('ends when the body of its response was read', async (t) => {
    const { body, next } = twoPieces();
    const { influx, wrapped } = await scene(t, async () => new Response(body));
    const response = await wrapped(new Request(url));
    const reader = response.body!.getReader();
    assert.equal(String(Buffer.from((await reader.read()).value!)), 'first ');
    assert.equal(wrapped.stats().recorded, 0);
    next();
    assert.equal(String(Buffer.from((await reader.read()).value!)), 'last');
    assert.equal((await reader.read()).done, true);
    const [point] = await influx.stored(1);
    assert.equal(brief(point!), 'GET (unmatched) 200 finished 10');
    assert.ok(Number(point!.fields.first_byte_time) < Number(point!.fields.application_time));
  });

  test('is aborted when the body is cancelled, and so is what it comes from', async (t) => {
    const { body, wasCancelled } = twoPieces();
    const { influx, wrapped } = await scene(t, () => new Response(body));
    const response = await wrapped(new Request(url));
    const reader = response.body!.getReader();
    await reader.read();
    await reader.cancel();
    assert.ok(wasCancelled());
    assert.deepEqual((await influx.stored(1)).map(brief), ['GET (unmatched) 200 aborted 6']);
  });

  test('is aborted when the body fails, with the same error', async (t) => {
    const failure = new Error('on purpose');
    const body = new ReadableStream({ pull: (controller) => controller.error(failure) });
    const { influx, wrapped } = await scene(t, () => new Response(body));
    const response = await wrapped(new Request(url));
    await assert.rejects(response.text(), failure);
    assert.deepEqual((await influx.stored(1)).map(brief), ['GET (unmatched) 200 aborted 0']);
  });

  for (const [when, status] of [
    ['before', 0],
    ['after', 200],
  ] as const) {
    test(`is aborted by the signal of its request, ${when} there is a response`, async (t) => {
      const client = new AbortController();
      const { influx, wrapped } = await scene(t, async () => {
        if (when === 'before') client.abort();
        return new Response(twoPieces().body);
      });
      await wrapped(new Request(url, { signal: client.signal }));
      if (when === 'after') client.abort();
      assert.deepEqual((await influx.stored(1)).map(brief), [`GET (unmatched) ${status} aborted 0`]);
    });
  }

  test('that fails fails as before, and is a 500', async (t) => {
    const failure = new Error('on purpose');
    const { influx, wrapped } = await scene(t, ({ method }) => {
      if (method === 'POST') return Promise.reject(failure);
      throw failure;
    });
    assert.throws(() => wrapped(new Request(url)), failure);
    await assert.rejects(async () => wrapped(new Request(url, { method: 'POST' })), failure);
    assert.deepEqual(
      (await influx.stored(2)).map(({ tags }) => `${tags.method} ${tags.status} ${tags.outcome}`),
      ['GET 500 finished', 'POST 500 finished'],
    );
  });

  test('whose response nobody reads is aborted when the response is collected', async (t) => {
    const { influx, wrapped } = await scene(t, () => new Response('unread'));
    await wrapped(new Request(url));
    setFlagsFromString('--expose-gc');
    const collectGarbage = runInNewContext('gc');
    await until(() => {
      collectGarbage();
      return influx.points.length === 1;
    }, 'it is collected');
    assert.equal(brief(influx.points[0]!), 'GET (unmatched) 200 aborted 0');
  });

  test('a HEAD request, whose body is not read, ends at once', async (t) => {
    const { influx, wrapped } = await scene(t, () => new Response('not sent'));
    await wrapped(new Request(url, { method: 'HEAD' }));
    assert.deepEqual((await influx.stored(1)).map(brief), ['HEAD (unmatched) 200 finished 0']);
  });

  test('keeps what a response has of another request', async (t) => {
    const { url: upstream } = await listen(t, (_req, res) => res.end('from there'));
    const { wrapped } = await scene(t, () => fetch(upstream));
    const response = await wrapped(new Request(url));
    assert.deepEqual(
      [response.url, response.type, await response.text()],
      [`${upstream}/`, 'basic', 'from there'],
    );
  });

  test('has its functions called with the request and the response', async (t) => {
    const { influx, wrapped } = await scene(t, () => new Response('ok', { headers: { 'x-plan': 'free' } }), {
      ignore: (request) => request.url.endsWith('/healthz'),
      route: (request) => new URL(request.url).pathname.replace(/\d+/, ':id'),
      requestTags: (request, response) => ({
        plan: response?.headers.get('x-plan') ?? '',
        of: request.method,
      }),
      path: true,
    });
    await (await wrapped(new Request('http://shop.example/healthz'))).text();
    const headers = { 'x-request-start': `t=${Date.now() - 100}`, 'content-length': '5' };
    await (await wrapped(new Request(url, { method: 'POST', body: 'abcde', headers }))).text();
    const [point] = await influx.stored(1);
    const { tags, fields } = point!;
    assert.deepEqual(
      [tags.route, tags.plan, tags.of, fields.path],
      ['/items/:id', 'free', 'POST', '/items/42'],
    );
    assert.equal(fields.bytes_in, 5);
    assert.ok(Number(fields.queue_time) >= 0.09);
  });

  test('that is wrapped twice, or not enabled, is recorded once, or not at all', async (t) => {
    const influx = await fakeInflux(t);
    const options = optionsFor(influx);
    const inner = rawRequestsFetch((_request: Request) => new Response('ok'), options);
    const outer = rawRequestsFetch(inner, options);
    const off = rawRequestsFetch((_request: Request) => new Response('ok'), { enabled: false });
    t.after(() => Promise.all([inner.close(), outer.close()]));
    await off(new Request(url)).text();
    await (await outer(new Request(url))).text();
    await (await outer(new Request(url))).text();
    await influx.stored(2);
    await outer.flush();
    assert.deepEqual([influx.points.length, outer.stats().recorded], [2, 2]);
  });
});

describe('on @hono/node-server, a request is one point', () => {
  for (const [name, uses] of [
    ['by the wrapper', { wrapper: true }],
    ['by the wrapper and the middleware of Hono', { wrapper: true, middleware: true }],
    ['by the wrapper and `register`', { wrapper: true, register: true }],
    ['by all three', { wrapper: true, middleware: true, register: true }],
  ] as const) {
    test(name, async (t) => {
      const influx = await fakeInflux(t);
      const options = { ...optionsFor(influx), ignore: ['/write'] };
      if ('register' in uses) {
        const resolved = resolveOptions(options);
        const share = sharedRecorder(resolved, resolved.destination!)!;
        share.recorder.observeAll(observeServers);
        t.after(() => share.release());
      }
      const app = new Hono();
      if ('middleware' in uses) {
        const middleware = rawRequestsHono(options);
        t.after(() => middleware.close());
        app.use(middleware as never);
      }
      app.get('/items/:id', (context) => context.text('an item.'));
      const wrapped = rawRequestsFetch(app.fetch, {
        ...optionsFor(influx),
        route: () => 'named by the user',
      });
      t.after(() => wrapped.close());
      const server = serve({ fetch: wrapped, port: 0, hostname: '127.0.0.1' });
      t.after(() => server.close());
      await new Promise((resolve) => server.on('listening', resolve));
      const { port } = server.address() as { port: number };
      const agent = { headers: { connection: 'close' } };
      for (const id of [1, 2, 3]) await (await fetch(`http://127.0.0.1:${port}/items/${id}`, agent)).text();
      await wrapped.flush();
      await influx.stored(3);
      const route = 'middleware' in uses ? '/items/:id' : 'named by the user';
      assert.deepEqual(influx.points.map(brief), Array(3).fill(`GET ${route} 200 finished 8`));
    });
  }
});

test('Hono names the routes of requests that only the wrapper observes', async (t) => {
  const influx = await fakeInflux(t);
  const app = new Hono();
  app.use(rawRequestsHono(optionsFor(influx)) as never);
  app.get('/items/:id', (context) => context.text('an item.'));
  const wrapped = rawRequestsFetch(app.fetch as Handler, optionsFor(influx));
  t.after(() => wrapped.close());
  await (await wrapped(new Request(url))).text();
  assert.deepEqual((await influx.stored(1)).map(brief), ['GET /items/:id 200 finished 8']);
});
