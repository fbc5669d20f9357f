import assert from 'node:assert/strict';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import { describe, type TestContext, test } from 'node:test';
import express from 'express';
// @ts-expect-error an alias of npm has no types
import express4 from 'express-4';
import { register } from '../../support/registered.ts';

type Listener = (req: IncomingMessage, res: ServerResponse) => void;

/** Asks a server for each path in turn, and returns status and route of what was recorded without code. */
async function routesOf(t: TestContext, listener: Listener, ...paths: string[]): Promise<string[]> {
  const { listen, points } = await register(t);
  const port = await listen(http.createServer(listener));
  for (const path of paths) {
    await (await fetch(`http://127.0.0.1:${port}${path}`, { redirect: 'manual' })).arrayBuffer();
  }
  return (await points(paths.length)).map(({ tags }) => `${tags.status} ${tags.route}`);
}

describe('what a framework leaves on a request names its route', () => {
  const next = Symbol.for('NextInternalRequestMeta');
  const loopback = Symbol.for('loopback.middleware.context');
  const match = (pathname: string) => ({ match: { definition: { pathname } } });
  const service = {};
  const app = { services: { 'api/messages': service } };
  const left: Record<string, [properties: object, route: string]> = {
    'a page of Next.js': [{ [next]: { ...match('/items/[id]'), initURL: 'http://host/1' } }, '/items/[id]'],
    'a page below a base path': [
      { [next]: { ...match('/[id]'), initURL: 'http://host/shop/7?q' }, url: '/7?q' },
      '/shop/[id]',
    ],
    'the page at a base path': [
      { [next]: { ...match('/'), initURL: 'http://host/shop' }, url: '/' },
      '/shop',
    ],
    'a rewrite of Next.js': [
      {
        [next]: { ...match('/[id]'), invokePath: '/shop/7', initURL: 'http://host/shop/again' },
        url: '/again',
      },
      '/shop/[id]',
    ],
    'an image of Next.js': [{ [next]: { invokePath: '/_next/image' } }, '/_next/image'],
    'no page of Next.js': [{ [next]: { ...match('/_not-found'), invokePath: '/404' } }, '(unmatched)'],
    'an alias of Moleculer': [{ $alias: { fullPath: '/api/posts/:id' } }, '/api/posts/:id'],
    'an operation of LoopBack': [
      {
        [loopback]: {
          getSync: (key: string) => (key === 'rest.basePath' ? '/api' : { path: '/items/{id}' }),
        },
      },
      '/api/items/{id}',
    ],
    'a service of Feathers': [{ app, lookup: { service, params: {} } }, '/api/messages'],
    'one of its records': [{ app, lookup: { service, params: { __id: '7' } } }, '/api/messages/:id'],
    'no operation of LoopBack': [
      { [loopback]: { getSync: () => ({ path: '/1', _externalRouter: {} }) } },
      '(unmatched)',
    ],
    'nothing that is known': [{ app: { middleware: 'none' }, lookup: 7, $alias: null }, '(unmatched)'],
    'a number': [{ $alias: { fullPath: 7 } }, '(unmatched)'],
  };
  for (const [name, [properties, route]] of Object.entries(left)) {
    test(name, async (t) => {
      const listener: Listener = (req, res) => void res.end(String(Object.assign(req, properties).url));
      assert.deepEqual(await routesOf(t, listener, '/1'), [`200 ${route}`]);
    });
  }

  test('and properties that throw when they are read change nothing', async (t) => {
    const names = [next, loopback, '$alias', 'app', 'lookup', 'effectiveRoute', 'baseUrl', 'route'];
    const get = () => assert.fail('a getter of the application');
    const listener: Listener = (req, res) => {
      for (const name of names) Object.defineProperty(req, name, { get });
      res.end('ok');
    };
    assert.deepEqual(await routesOf(t, listener, '/'), ['200 (unmatched)']);
  });

  test('in a route of Express that takes every path, too', async (t) => {
    const app = express();
    app.get('/own/:id', (_req, res) => void res.send('own'));
    app.all('/{*path}', (req, res) => {
      if (req.path !== '/left') Object.assign(req, { [next]: match('/items/[id]') });
      res.send('next');
    });
    assert.deepEqual(await routesOf(t, app, '/own/1', '/items/1', '/left'), [
      '200 /own/:id',
      '200 /items/[id]',
      '200 /{*path}',
    ]);
  });
});

describe('without a route', () => {
  for (const [name, make] of [
    ['Express 5', express],
    ['Express 4', express4],
  ] as const) {
    test(`the mount that answered is the route in ${name}, without concrete values`, async (t) => {
      const app = make();
      const inner = make.Router();
      const answer = (_req: unknown, res: { end(text: string): void }) => res.end('mount');
      inner.use('/deep/:kind', answer);
      app.use('/trpc', answer);
      app.use('/tenants/:tenant', inner);
      app.use('/passes', (_req: unknown, _res: unknown, next: () => void) => next());
      assert.deepEqual(
        await routesOf(
          t,
          app,
          '/trpc',
          '/trpc/a.b,c',
          '/tenants/7/deep/8/9',
          '/tenants/7',
          '/passes/on',
          '/none',
        ),
        [
          '200 /trpc',
          '200 /trpc',
          '200 /tenants/:tenant/deep/:kind',
          '404 (unmatched)',
          '404 (unmatched)',
          '404 (unmatched)',
        ],
      );
    });
  }

  test('a response with the headers of a file is (static)', async (t) => {
    const answers: Record<string, (res: ServerResponse) => void> = {
      '/set': (res) => void res.setHeader('Last-Modified', new Date(0).toUTCString()).end('file'),
      '/written': (res) => void res.writeHead(200, { 'accept-ranges': 'bytes' }).end('file'),
      '/with-length': (res) =>
        void res.writeHead(200, { 'accept-ranges': 'bytes', 'content-length': 4 }).end('file'),
      '/part': (res) => void res.writeHead(206, { 'Accept-Ranges': 'bytes' }).end('f'),
      '/unchanged': (res) => void res.writeHead(304, { 'Last-Modified': new Date(0).toUTCString() }).end(),
      '/missing': (res) => void res.writeHead(404, { 'Accept-Ranges': 'bytes' }).end(),
      '/other': (res) => void res.writeHead(200, { 'x-note': 'last-modified: never' }).end('text'),
    };
    const listener: Listener = (req, res) => answers[req.url!]!(res);
    assert.deepEqual(await routesOf(t, listener, ...Object.keys(answers)), [
      '200 (static)',
      '200 (static)',
      '200 (static)',
      '206 (static)',
      '304 (static)',
      '404 (unmatched)',
      '200 (unmatched)',
    ]);
  });
});
