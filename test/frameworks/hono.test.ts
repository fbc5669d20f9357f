import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, type TestContext, test } from 'node:test';
import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { every } from 'hono/combine';
import { HTTPException } from 'hono/http-exception';
import { type RawRequestsHono, rawRequestsHono } from '../../src/adapters/hono.ts';
import { fakeInflux } from '../support/fake-influx.ts';

async function serving(t: TestContext, app: Hono) {
  const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }) as Server;
  if (!server.listening) await once(server, 'listening');
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}` };
}

/** A Hono application whose requests are recorded. */
async function record(t: TestContext, build: (app: Hono, recorder: RawRequestsHono) => void) {
  const influx = await fakeInflux(t);
  const recorder = rawRequestsHono({ url: influx.url, database: 'requests', flushIntervalMs: 10 });
  t.after(() => recorder.close());
  const app = new Hono();
  app.use(recorder);
  build(app, recorder);
  const { url } = await serving(t, app);
  /** Asks for each path in turn, and returns status and route of what was recorded. */
  const ask = async (...paths: string[]) => {
    const before = influx.points.length;
    for (const path of paths) await (await fetch(url + path)).text();
    const points = (await influx.stored(before + paths.length)).slice(before);
    return points.map(({ tags }) => [tags.status, tags.route]);
  };
  return { app, recorder, ask };
}

describe('hono', () => {
  test('names the full template, with the base paths of applications', async (t) => {
    const { ask } = await record(t, (app) => {
      const items = new Hono().get('/', (c) => c.text('all')).get('/:item', (c) => c.text('one'));
      const guarded = new Hono().get('/:id', (c) => c.text('ok')).onError((_error, c) => c.text('oh', 500));
      const all = new Hono().all('/:id', (c) => c.text('ok')).onError((_error, c) => c.text('oh', 500));
      app.get('/', (c) => c.text('root'));
      app.route('/tenants/:tenant/items', items);
      app.route('/guarded', guarded);
      app.route('/guarded-all', all);
      app.basePath('/v1').get('/optional/:id?', (c) => c.text('ok'));
      app.get('/number/:id{[0-9]+}', (c) => c.text('ok'));
      app.get('/files/*', (c) => c.text('ok'));
      app.on(['GET', 'PUT'], ['/on/:a', '/off/:b'], (c) => c.text('ok'));
      app.all('/all/:id', (c) => c.text('ok'));
    });
    assert.deepEqual(
      await ask(
        '/',
        '/tenants/1/items',
        '/tenants/1/items/2?q=1',
        '/guarded/1',
        '/guarded-all/1',
        '/v1/optional',
        '/v1/optional/7',
        '/number/12',
        '/files/a/b',
        '/off/1',
        '/all/1',
      ),
      [
        ['200', '/'],
        ['200', '/tenants/:tenant/items'],
        ['200', '/tenants/:tenant/items/:item'],
        ['200', '/guarded/:id'],
        ['200', '/guarded-all/:id'],
        ['200', '/v1/optional/:id?'],
        ['200', '/v1/optional/:id?'],
        ['200', '/number/:id{[0-9]+}'],
        ['200', '/files/*'],
        ['200', '/off/:b'],
        ['200', '/all/:id'],
      ],
    );
  });

  test('names no route where only middleware matches', async (t) => {
    const { ask } = await record(t, (app) => {
      app.use('/api/*', (_c, next) => next());
      app.use('/items/:id', (_c, next) => next());
      app.post('/only-post/:id', (c) => c.text('ok'));
    });
    assert.deepEqual(await ask('/nothing', '/api/nothing', '/items/1', '/only-post/1'), [
      ['404', '(unmatched)'],
      ['404', '(unmatched)'],
      ['404', '(unmatched)'],
      ['404', '(unmatched)'],
    ]);
  });

  test('names the route that middleware answered for', async (t) => {
    const { ask } = await record(t, (app) => {
      app.use('/api/*', async (c, next) => (c.req.query('token') ? next() : c.text('no', 401)));
      app.get('/api/items/:id', (c) => c.text('ok'));
    });
    assert.deepEqual(await ask('/api/items/1', '/api/items/1?token=1'), [
      ['401', '/api/items/:id'],
      ['200', '/api/items/:id'],
    ]);
  });

  test('takes for middleware what is mounted, and what is given with all() and takes next', async (t) => {
    const { ask } = await record(t, (app) => {
      app.all('/all/:id', async (c, _next) => c.text('ok'));
      app.mount('/mounted', () => new Response('ok'));
    });
    assert.deepEqual(await ask('/all/1', '/mounted/1'), [
      ['200', '(unmatched)'],
      ['200', '(unmatched)'],
    ]);
  });

  test('names the route that answered, of several that match', async (t) => {
    const { ask } = await record(t, (app) => {
      app.get('/:kind/:id', async (c, next) => (c.req.param('kind') === 'items' ? c.text('item') : next()));
      app.get('/other/last', (c) => c.text('last'));
      app.use('*', (_c, next) => next());
    });
    assert.deepEqual(await ask('/items/last', '/other/last'), [
      ['200', '/:kind/:id'],
      ['200', '/other/last'],
    ]);
  });

  test('names the route behind middleware that was combined', async (t) => {
    const { ask } = await record(t, (app) => {
      app.use(
        '*',
        every(
          (_c, next) => next(),
          (_c, next) => next(),
        ),
      );
      app.get('/items/:id', (c) => c.text('ok'));
    });
    assert.deepEqual(await ask('/items/1'), [['200', '/items/:id']]);
  });

  test('names the route after an error, with the status that the client got', async (t) => {
    t.mock.method(console, 'error', () => {});
    const { ask } = await record(t, (app) => {
      app.get('/throws/:id', () => {
        throw new Error('expected');
      });
      app.get('/denied/:id', () => {
        throw new HTTPException(403);
      });
      app.get('/missing/:id', (c) => c.notFound());
    });
    assert.deepEqual(await ask('/throws/1', '/denied/1', '/missing/1'), [
      ['500', '/throws/:id'],
      ['403', '/denied/:id'],
      ['404', '/missing/:id'],
    ]);
  });

  test('records a request once, also when the middleware is used twice', async (t) => {
    const { ask, recorder } = await record(t, (app, recorder) => {
      app.use('/items/*', recorder);
      app.get('/items/:id', (c) => c.text('ok'));
    });
    await ask('/items/1', '/items/2');
    await recorder.flush();
    assert.equal(recorder.stats().recorded, 2);
    assert.equal(recorder.stats().acknowledged, 2);
  });

  test('passes through what has no Node request, and all when it is switched off', async (t) => {
    const { app, recorder } = await record(t, (app) => app.get('/', (c) => c.text('ok')));
    assert.equal(await (await app.request('/')).text(), 'ok');
    assert.equal(await (await app.request('/', {}, undefined)).text(), 'ok');
    assert.equal(recorder.stats().recorded, 0);

    const off = new Hono().use(rawRequestsHono({ enabled: false })).get('/', (c) => c.text('ok'));
    const { url } = await serving(t, off);
    assert.equal(await (await fetch(url)).text(), 'ok');
  });
});
