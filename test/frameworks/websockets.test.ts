import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { describe, type TestContext, test } from 'node:test';
import fastifyWebsocket from '@fastify/websocket';
import express from 'express';
import Fastify from 'fastify';
import { Server as SocketIo } from 'socket.io';
import { io } from 'socket.io-client';
import { tinyws } from 'tinyws';
import { WebSocketExpress } from 'websocket-express';
import { WebSocket } from 'ws';
import { rawRequestsFastify } from '../../src/adapters/fastify.ts';
import { rawRequestsKoa } from '../../src/adapters/koa.ts';
import { watchFastify } from '../../src/capture/frameworks/fastify.ts';
import { rawRequests } from '../../src/index.ts';
import type { Options } from '../../src/options/options.ts';
import { type FakeInflux, fakeInflux } from '../support/fake-influx.ts';
import { register } from '../support/registered.ts';

const require = createRequire(import.meta.url);
// biome-ignore lint/suspicious/noExplicitAny: they come without types
const untyped = (name: string): any => require(name);
const expressWs = untyped('express-ws');
const { default: Koa } = untyped('koa');
const koaEasyWs = untyped('koa-easy-ws');

interface SocketContext {
  ws(): Promise<Socket>;
}

// Libraries by which applications answer upgrades. Some make a response object of their own for the upgrade and take it
// through their router; some answer on the connection of an ordinary request.

watchFastify();

type Serve = (t: TestContext, options: Options | undefined) => Promise<http.Server> | http.Server;

const route = '/echo/:id';

/** Ends a recorder with its test: else it would see the requests of the next one. */
function closing<T extends { close(): Promise<void> }>(t: TestContext, record: T): T {
  t.after(() => record.close());
  return record;
}

interface Socket {
  on(event: 'message', listener: (message: Buffer) => void): unknown;
  send(message: Buffer): void;
}
const echo = (socket: Socket) => socket.on('message', (message) => socket.send(message));

const libraries: readonly [name: string, route: string, serve: Serve][] = [
  [
    'websocket-express',
    route,
    (t, options) => {
      const app = new WebSocketExpress();
      if (options) app.use(closing(t, rawRequests(options)) as never);
      app.ws(
        route,
        async (_req: unknown, res: { accept(): Promise<Socket> }) => void echo(await res.accept()),
      );
      return app.listen(0, '127.0.0.1');
    },
  ],
  [
    'express-ws',
    route,
    (t, options) => {
      const app = express();
      if (options) app.use(closing(t, rawRequests(options)));
      const { app: sockets } = expressWs(app, undefined, { leaveRouterUntouched: true });
      sockets.ws(route, echo);
      return app.listen(0, '127.0.0.1');
    },
  ],
  [
    '@fastify/websocket',
    route,
    async (t, options) => {
      const app = Fastify();
      t.after(() => app.close());
      if (options) await app.register(rawRequestsFastify, options as object);
      await app.register(fastifyWebsocket);
      await app.register(async (inner) => {
        inner.get(route, { websocket: true }, (socket) => void echo(socket));
      });
      await app.listen({ port: 0, host: '127.0.0.1' });
      return app.server;
    },
  ],
  [
    'tinyws',
    route,
    (t, options) => {
      const app = express();
      if (options) app.use(closing(t, rawRequests(options)));
      app.get(route, async (req) => void echo(await (req as unknown as { ws(): Promise<Socket> }).ws()));
      const server = http.createServer(app);
      tinyws({ handler: app } as never, server as never);
      return server.listen(0, '127.0.0.1');
    },
  ],
  [
    'koa-easy-ws',
    '(unmatched)',
    (t, options) => {
      const app = new Koa();
      if (options) app.use(closing(t, rawRequestsKoa(options)));
      app.use(koaEasyWs());
      app.use(async (context: SocketContext) => void echo(await context.ws()));
      return app.listen(0, '127.0.0.1');
    },
  ],
  [
    'koa-easy-ws with a server of its own',
    '(unmatched)',
    (t, options) => {
      const app = new Koa();
      const server = http.createServer();
      if (options) app.use(closing(t, rawRequestsKoa(options)));
      app.use(koaEasyWs('ws', { server }));
      app.use(async (context: SocketContext) => void echo(await context.ws()));
      server.on('request', app.callback());
      return server.listen(0, '127.0.0.1');
    },
  ],
];

const CONNECTIONS = 5;

/** Says something to each of some connections, and ends them. */
async function talk(server: http.Server): Promise<void> {
  if (!server.listening) await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  for (let id = 0; id < CONNECTIONS; id++) {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/echo/${id}`);
    await once(socket, 'open');
    socket.send('hello');
    await once(socket, 'message');
    socket.close();
    await once(socket, 'close');
  }
}

const said = ({ points }: FakeInflux) =>
  points.map(({ tags, fields }) => `${tags.route} ${tags.status} ${tags.outcome} ${fields.in_flight}`);

function ending(t: TestContext, server: http.Server): http.Server {
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  return server;
}

for (const [name, template, serve] of libraries) {
  describe(`an upgrade that ${name} answers is one request, which lasts as long as its connection`, () => {
    const expected = new Array(CONNECTIONS).fill(`${template} 101 upgraded 1`);

    test('in code', async (t) => {
      const influx = await fakeInflux(t);
      const options = { url: influx.url, database: 'requests', flushIntervalMs: 10 };
      await talk(ending(t, await serve(t, options)));
      await influx.stored(CONNECTIONS);
      assert.deepEqual(said(influx), expected);
    });

    test('with register', async (t) => {
      const { influx } = await register(t);
      await talk(ending(t, await serve(t, undefined)));
      await influx.stored(CONNECTIONS);
      assert.deepEqual(said(influx), expected);
    });

    test('with both', async (t) => {
      const { influx } = await register(t);
      const options = { url: influx.url, database: 'requests', flushIntervalMs: 10 };
      await talk(ending(t, await serve(t, options)));
      await influx.stored(CONNECTIONS);
      assert.deepEqual(said(influx), expected);
    });
  });
}

test('an upgrade that a hook of Fastify refuses has the status that it was refused with', async (t) => {
  const { influx } = await register(t);
  const app = Fastify();
  t.after(() => app.close());
  await app.register(fastifyWebsocket);
  await app.register(async (inner) => {
    const preValidation = async (
      _request: unknown,
      reply: { code(status: number): typeof reply; send(): unknown },
    ) => reply.code(401).send();
    inner.get('/secret/:id', { websocket: true, preValidation }, () => {});
  });
  const url = await app.listen({ port: 0, host: '127.0.0.1' });
  const socket = new WebSocket(`${url.replace('http', 'ws')}/secret/1`);
  await once(socket, 'error');
  await influx.stored(1);
  assert.deepEqual(said(influx), ['/secret/:id 401 finished 1']);
});

test("the middleware of socket.io's engine records polls and upgrades", async (t) => {
  const influx = await fakeInflux(t);
  const server = http.createServer().listen(0, '127.0.0.1');
  const sockets = new SocketIo(server);
  t.after(() => sockets.close());
  const record = rawRequests({ url: influx.url, database: 'requests', flushIntervalMs: 10 });
  t.after(() => record.close());
  sockets.engine.use(record);
  sockets.on('connection', (socket) => socket.on('ping', (answer: () => void) => answer()));
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const client = io(`http://127.0.0.1:${port}`, { transports: ['websocket'] });
  await client.emitWithAck('ping');
  client.disconnect();
  await influx.stored(1);
  assert.deepEqual(said(influx), ['(unmatched) 101 upgraded 1']);
});
