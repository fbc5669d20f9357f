import assert from 'node:assert/strict';
import { AsyncLocalStorage } from 'node:async_hooks';
import { once } from 'node:events';
import http, { IncomingMessage, ServerResponse } from 'node:http';
import http2 from 'node:http2';
import { createRequire } from 'node:module';
import type { Duplex } from 'node:stream';
import { describe, type TestContext, test } from 'node:test';
import Hapi from '@hapi/hapi';
import { createAdaptorServer } from '@hono/node-server';
import express from 'express';
import { fastify } from 'fastify';
import { Hono } from 'hono';
import { WebSocket, WebSocketServer } from 'ws';
import { rawRequestsFastify } from '../../src/adapters/fastify.ts';
import { type RawRequestsHapiApi, rawRequestsHapi } from '../../src/adapters/hapi.ts';
import { rawRequestsHono } from '../../src/adapters/hono.ts';
import { rawRequestsKoa } from '../../src/adapters/koa.ts';
import type { Options } from '../../src/index.ts';
import { exchange, register, summary } from '../support/registered.ts';
import { connect } from '../support/server.ts';
import { until } from '../support/within.ts';

// biome-ignore lint/suspicious/noExplicitAny: Koa has no types
type Any = any;
const require = createRequire(import.meta.url);
const Koa: Any = require('koa');
const Router: Any = require('@koa/router');

const store = new AsyncLocalStorage<string>();

/** An application with `register` and with functions in code, which note how they are called. */
async function observed(t: TestContext, inCode = true) {
  const calls: string[] = [];
  const given: { req: IncomingMessage; res: ServerResponse }[] = [];
  const functions: Options = {
    route: () => {
      calls.push(`route ${store.getStore()}`);
      return undefined;
    },
    traceId: () => {
      calls.push(`traceId ${store.getStore()}`);
      return undefined;
    },
    requestTags: (req, res) => {
      calls.push(`requestTags ${store.getStore()}`);
      given.push({ req, res });
      return { seen: res.statusCode };
    },
  };
  const app = await register(t, {}, inCode ? functions : {});
  const options: Options = { url: app.influx.url, database: 'requests', ...functions };
  /** Asserts that one request was recorded, and that each function was called once for it, in this context. */
  const once = async (point: string, context: string | undefined, { seen = true } = {}) => {
    const [only, ...others] = await app.points(1);
    assert.equal(summary(only!), point);
    assert.equal(others.length, 0);
    assert.deepEqual(calls.toSorted(), [`requestTags ${context}`, `route ${context}`, `traceId ${context}`]);
    const { req, res } = given[0]!;
    if (seen) assert.equal(only!.tags.seen, only!.tags.status);
    assert.equal(typeof req.on, 'function');
    assert.equal(typeof res.getHeader, 'function');
    assert.equal(res.getHeader('x-missing'), undefined);
    return { req, res };
  };
  return { app, calls, options, once };
}

type Observed = Awaited<ReturnType<typeof observed>>;

/** Serves with the middleware, in a context. */
async function serve({ app }: Observed, handler: http.RequestListener): Promise<number> {
  const server = http.createServer((req, res) =>
    store.run('of the request', () => {
      app.middleware(req, res);
      handler(req, res);
    }),
  );
  return app.listen(server);
}

/** Sends the head of a request, and leaves when the server has it. */
async function leave(t: TestContext, { app }: Observed, port: number, entered: () => boolean): Promise<void> {
  const { socket } = await connect(t, port);
  socket.write('GET /left HTTP/1.1\r\nhost: x\r\n\r\n');
  await until(entered, 'the request is here');
  socket.destroy();
  await app.points(1);
}

describe('functions in code are called once, in the context of the request', () => {
  test('when it is answered', async (t) => {
    const all = await observed(t);
    const port = await serve(all, (_req, res) => void setImmediate(() => res.end('hello')));
    await exchange(t, port, 'GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n');
    await all.once('GET 200 finished', 'of the request');
  });

  test('when its client leaves before there is an answer', async (t) => {
    const all = await observed(t);
    let entered = false;
    const port = await serve(all, () => {
      entered = true;
    });
    await leave(t, all, port, () => entered);
    // No head was sent, and a response that was not told otherwise has the status 200.
    await all.once('GET 0 aborted', 'of the request', { seen: false });
  });

  test('when its client leaves in the middle of the answer, also if the context began after the middleware', async (t) => {
    const all = await observed(t);
    let entered = false;
    const server = http.createServer((req, res) => {
      all.app.middleware(req, res);
      store.run('of the handler', () => {
        res.write('half');
        entered = true;
      });
    });
    await leave(t, all, await all.app.listen(server), () => entered);
    await all.once('GET 200 aborted', 'of the handler');
  });

  test('when it waits behind another one and is answered meanwhile', async (t) => {
    const all = await observed(t);
    const port = await serve(all, (req, res) => {
      if (req.url === '/first') setTimeout(() => res.end(), 20);
      else store.run('of the second', () => res.end());
    });
    const head = (path: string, rest = '') => `GET ${path} HTTP/1.1\r\nhost: x\r\n${rest}\r\n`;
    await exchange(t, port, head('/first') + head('/second', 'connection: close\r\n'));
    await all.app.points(2);
    assert.deepEqual(all.calls.slice(3), [
      'route of the second',
      'requestTags of the second',
      'traceId of the second',
    ]);
  });

  test('when its client leaves an Express application, whose context begins after the middleware', async (t) => {
    const all = await observed(t);
    let entered = false;
    const application = express();
    application.use(all.app.middleware);
    application.use(async (_req, _res, next) => {
      await new Promise(setImmediate);
      store.run('of the application', next);
    });
    application.get('/left', () => {
      entered = true;
    });
    await leave(t, all, await all.app.listen(http.createServer(application)), () => entered);
    await all.once('GET 0 aborted', 'of the application', { seen: false });
  });

  test('when its client leaves a Fastify application, whose context begins after the plugin', async (t) => {
    const all = await observed(t, false);
    let entered = false;
    const application = fastify();
    t.after(() => application.close());
    await application.register(rawRequestsFastify, all.options as object);
    application.addHook('onRequest', (_request, _reply, done) => store.run('of the application', done));
    application.get('/left', async () => {
      entered = true;
      await new Promise(() => {});
    });
    await application.ready();
    await leave(t, all, await all.app.listen(application.server), () => entered);
    await all.once('GET 0 aborted', 'of the application', { seen: false });
  });

  test('when its client leaves a Koa application, whose context begins after the middleware', async (t) => {
    const all = await observed(t, false);
    let entered = false;
    const router = new Router().get('/left', async () => {
      entered = true;
      await new Promise(() => {});
    });
    const middleware = rawRequestsKoa(all.options);
    t.after(middleware.close);
    const application = new Koa()
      .use(middleware)
      .use((_context: unknown, next: () => unknown) => store.run('of the application', next))
      .use(router.routes());
    await leave(t, all, await all.app.listen(http.createServer(application.callback())), () => entered);
    await all.once('GET 0 aborted', 'of the application', { seen: false });
  });

  test('when its client leaves a Hapi application, whose context begins after the plugin', async (t) => {
    const all = await observed(t, false);
    let entered = false;
    const application = Hapi.server({ port: 0, host: '127.0.0.1' });
    await application.register({ plugin: rawRequestsHapi as never, options: all.options });
    application.ext('onPreAuth', (_request, h) => {
      store.enterWith('of the application');
      return h.continue;
    });
    application.route({
      method: 'GET',
      path: '/left',
      handler: async () => {
        entered = true;
        await new Promise(() => {});
        return '';
      },
    });
    await application.start();
    t.after(async () => {
      await application.stop({ timeout: 0 });
      await (application.plugins as Record<string, RawRequestsHapiApi>)['raw-requests']!.close();
    });
    await leave(t, all, Number(application.info.port), () => entered);
    await all.once('GET 0 aborted', 'of the application', { seen: false });
  });

  test('when its client leaves a Hono application, whose context begins after the middleware', async (t) => {
    const all = await observed(t, false);
    let entered = false;
    const application = new Hono();
    const middleware = rawRequestsHono(all.options);
    t.after(middleware.close);
    application.use(middleware as never);
    application.use((_context, next) => store.run('of the application', next));
    application.get('/left', async () => {
      entered = true;
      await new Promise(() => {});
      return new Response();
    });
    const server = createAdaptorServer({ fetch: application.fetch }) as http.Server;
    await leave(t, all, await all.app.listen(server), () => entered);
    await all.once('GET 0 aborted', 'of the application', { seen: false });
  });

  test('when the recorder is closed before it is answered', async (t) => {
    const all = await observed(t);
    let entered = false;
    const port = await serve(all, () => {
      entered = true;
    });
    const { socket } = await connect(t, port);
    socket.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n');
    await until(() => entered, 'the request is here');
    await all.app.close();
    await all.once('GET 0 unfinished', 'of the request', { seen: false });
  });
});

describe('functions in code are called once, with messages that tell what is known', () => {
  test('for an upgrade that is taken, where the head of the response is written', async (t) => {
    const all = await observed(t);
    const wss = new WebSocketServer({ noServer: true });
    const server = http
      .createServer()
      .on('upgrade', (req, socket, head) =>
        store.run('of the upgrade', () => wss.handleUpgrade(req, socket, head, (ws) => ws.close())),
      );
    const port = await all.app.listen(server);
    const ws = new WebSocket(`ws://127.0.0.1:${port}/live`, { headers: { 'x-plan': 'free' } });
    await once(ws, 'close');
    const { req, res } = await all.once('GET 101 upgraded', 'of the upgrade');
    assert.deepEqual([req.method, req.url, req.headers['x-plan']], ['GET', '/live', 'free']);
    assert.ok(res instanceof ServerResponse);
  });

  for (const [name, event, request, expected] of [
    [
      'an upgrade that is refused',
      'upgrade',
      'GET /live HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n',
      'GET 401 finished',
    ],
    [
      'a tunnel that is refused',
      'connect',
      'CONNECT a:443 HTTP/1.1\r\nhost: x\r\n\r\n',
      'CONNECT 401 finished',
    ],
  ] as const) {
    test(`for ${name}`, async (t) => {
      const all = await observed(t);
      const server = http.createServer().on(event, (_req: IncomingMessage, socket: Duplex) => {
        store.run('of the refusal', () => socket.end('HTTP/1.1 401 Unauthorized\r\n\r\n'));
      });
      await exchange(t, await all.app.listen(server), request);
      await all.once(expected, 'of the refusal');
    });
  }

  for (const [name, request, expected] of [
    ['a request without Host', 'GET /a HTTP/1.1\r\nconnection: close\r\n\r\n', 'GET 400 rejected'],
    ['what is no HTTP', 'POST / HTTP/1.1\r\nhost: x\r\nno header\r\n\r\n', 'POST 400 rejected'],
  ] as const) {
    test(`for ${name}`, async (t) => {
      const all = await observed(t);
      const port = await serve(all, (_req, res) => res.end());
      await exchange(t, port, request);
      const { req } = await all.once(expected, undefined);
      assert.ok(req instanceof IncomingMessage && req.socket !== undefined);
      assert.equal(req.method, request.split(' ')[0]);
    });
  }

  for (const [name, listen, context] of [
    [
      'a stream of HTTP/2',
      (_: Observed, server: http2.Http2Server) =>
        server.on('stream', (stream) =>
          store.run('of the stream', () => {
            stream.respond({ ':status': 203 });
            stream.end();
          }),
        ),
      'of the stream',
    ],
    [
      'a request of HTTP/2',
      ({ app }: Observed, server: http2.Http2Server) =>
        server.on('request', (req, res) => {
          app.middleware(req as never, res as never);
          store.run('of the handler', () => res.writeHead(203).end());
        }),
      'of the handler',
    ],
    [
      'a request of HTTP/2 that passes no middleware',
      (_: Observed, server: http2.Http2Server) =>
        server.on('request', (_req, res) => void res.writeHead(203).end()),
      undefined,
    ],
  ] as const) {
    test(`for ${name}`, async (t) => {
      const all = await observed(t);
      const server = http2.createServer();
      listen(all, server);
      const port = await all.app.listen(server);
      const session = http2.connect(`http://127.0.0.1:${port}`);
      t.after(() => session.destroy());
      const stream = session.request({ ':path': '/items?a=b', 'x-plan': 'free' });
      await once(stream.resume(), 'close');
      if (context === undefined) {
        const [only] = await all.app.points(1);
        assert.equal(only!.tags.seen, undefined); // what `register` says of it, which has no functions
        return;
      }
      const { req } = await all.once('GET 203 finished', context);
      assert.deepEqual([req.method, req.url, req.headers['x-plan']], ['GET', '/items?a=b', 'free']);
    });
  }

  test('and `ignore` in code leaves out what it says of them', async (t) => {
    const app = await register(t, {}, { ignore: ['/live'] });
    const server = http
      .createServer()
      .on('upgrade', (_req, socket) => socket.end('HTTP/1.1 401 Unauthorized\r\n\r\n'));
    const port = await app.listen(server);
    const ask = (path: string) =>
      exchange(t, port, `GET ${path} HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: a\r\n\r\n`);
    await ask('/live');
    await ask('/other');
    const [only] = await app.points(1);
    assert.equal(only!.fields.sequence, 1);
    assert.equal(app.middleware.stats().recorded, 1);
  });
});
