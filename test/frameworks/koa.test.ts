import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { describe, type TestContext, test } from 'node:test';
import { type RawRequestsKoa, rawRequestsKoa } from '../../src/adapters/koa.ts';
import type { Options } from '../../src/index.ts';
import { fakeInflux } from '../support/fake-influx.ts';
import type { Point } from '../support/line-protocol.ts';
import { listen } from '../support/server.ts';

// Koa is not typed, and its router is typed by Koa.
// biome-ignore-start lint/suspicious/noExplicitAny: see above
type Any = any;
// biome-ignore-end lint/suspicious/noExplicitAny: see above

const require = createRequire(import.meta.url);
const Router: Any = require('@koa/router');

const facts = ({ tags }: Point) => [tags.method, tags.status, tags.outcome, tags.route];

for (const name of ['koa', 'koa-2']) {
  const Koa: Any = require(name);

  /** A Koa application whose requests are recorded. */
  async function record(
    t: TestContext,
    build: (app: Any, recorder: RawRequestsKoa) => void,
    options?: Options,
  ) {
    const influx = await fakeInflux(t);
    const recorder = rawRequestsKoa({
      url: influx.url,
      database: 'requests',
      flushIntervalMs: 10,
      ...options,
    });
    t.after(() => recorder.close());
    const app = new Koa();
    app.silent = true;
    app.use(recorder);
    build(app, recorder);
    const { url } = await listen(t, app.callback());
    /** Asks for each path in turn, and returns what was recorded: method, status, outcome, route. */
    const ask = async (...paths: string[]) => {
      const before = influx.points.length;
      for (const path of paths) await (await fetch(url + path)).text();
      return (await influx.stored(before + paths.length)).slice(before).map(facts);
    };
    return { recorder, ask };
  }

  const routesOf = async (t: TestContext, router: Any, ...paths: string[]) => {
    const { ask } = await record(t, (app) => app.use(router.routes()).use(router.allowedMethods()));
    return (await ask(...paths)).map(([, status, , route]) => [status, route]);
  };

  describe(`${name} ${require(`${name}/package.json`).version}`, () => {
    test('records a request once, also when the middleware is used twice', async (t) => {
      const { ask, recorder } = await record(t, (app, recorder) => {
        app.use(recorder);
        app.use(async (ctx: Any, next: Any) => {
          await next();
          ctx.set('x-seen', 'yes');
        });
        app.use((ctx: Any) => {
          ctx.body = { hello: ctx.get('x-hello') };
        });
      });
      assert.deepEqual(await ask('/', '/'), [
        ['GET', '200', 'finished', '(unmatched)'],
        ['GET', '200', 'finished', '(unmatched)'],
      ]);
      await recorder.flush();
      assert.equal(recorder.stats().recorded, 2);
      assert.equal(recorder.stats().acknowledged, 2);
    });

    test('names full templates, with the prefixes of nested routers', async (t) => {
      const items = new Router({ prefix: '/items' });
      items.get('/', (ctx: Any) => {
        ctx.body = 'all';
      });
      items.get('/:item', (ctx: Any) => {
        ctx.body = ctx.params.item;
      });
      const router = new Router({ prefix: '/tenants/:tenant' });
      router.use(items.routes());
      router.use('/mounted', items.routes());
      assert.deepEqual(
        await routesOf(
          t,
          router,
          '/tenants/1/items',
          '/tenants/1/items/7?q=1',
          '/tenants/1/mounted/items/7',
          '/tenants/1',
        ),
        [
          ['200', '/tenants/:tenant/items'],
          ['200', '/tenants/:tenant/items/:item'],
          ['200', '/tenants/:tenant/mounted/items/:item'],
          ['404', '(unmatched)'],
        ],
      );
    });

    test('names a RegExp by its source, and the one of several paths that matched', async (t) => {
      const router = new Router();
      const ok = (ctx: Any) => {
        ctx.body = 'ok';
      };
      router.get(/^\/file-(\d+)$/, ok);
      router.get(['/one/:a', '/two/:b'], ok);
      router.all('/any/{*rest}', ok);
      assert.deepEqual(await routesOf(t, router, '/file-12', '/one/1', '/two/2', '/any/x/y'), [
        ['200', '^\\/file-(\\d+)$'],
        ['200', '/one/:a'],
        ['200', '/two/:b'],
        ['200', '/any/{*rest}'],
      ]);
    });

    test('names the route that answered, of several that match', async (t) => {
      const router = new Router();
      router.get('/items/new', (ctx: Any) => {
        ctx.body = 'new';
      });
      router.get('/:kind/:id', (ctx: Any, next: Any) => {
        ctx.body = 'any';
        return next();
      });
      router.get('/:kind/last', (ctx: Any) => {
        ctx.body = 'last';
      });
      assert.deepEqual(await routesOf(t, router, '/items/new', '/items/7', '/items/last'), [
        ['200', '/items/new'],
        ['200', '/:kind/:id'],
        ['200', '/:kind/last'],
      ]);
    });

    test('names the route after an error, with the status that the client got', async (t) => {
      const router = new Router();
      router.get('/throws/:id', () => {
        throw new Error('expected');
      });
      router.get('/denies/:id', (ctx: Any) => ctx.throw(403));
      router.get('/missing/:id', (ctx: Any) => ctx.throw(404));
      assert.deepEqual(await routesOf(t, router, '/throws/1', '/denies/1', '/missing/1'), [
        ['500', '/throws/:id'],
        ['403', '/denies/:id'],
        ['404', '/missing/:id'],
      ]);
    });

    test('names no route for a path or a method that none takes, whatever middleware does', async (t) => {
      const router = new Router();
      router.use((_ctx: Any, next: Any) => next());
      router.use('/guarded/:id', (ctx: Any) => {
        ctx.body = 'middleware';
      });
      router.post('/only-post/:id', (ctx: Any) => {
        ctx.body = 'ok';
      });
      assert.deepEqual(await routesOf(t, router, '/nothing', '/guarded/1', '/only-post/1'), [
        ['404', '(unmatched)'],
        ['404', '(unmatched)'],
        ['405', '(unmatched)'],
      ]);
    });

    test("names the route that a router's middleware answered for", async (t) => {
      const router = new Router();
      router.use((ctx: Any, next: Any) => (ctx.query.token ? next() : ctx.throw(401)));
      router.get('/items/:id', (ctx: Any) => {
        ctx.body = 'ok';
      });
      assert.deepEqual(await routesOf(t, router, '/items/7', '/items/7?token=1'), [
        ['401', '/items/:id'],
        ['200', '/items/:id'],
      ]);
    });

    test('takes the router that answered, of several in the application', async (t) => {
      const first = new Router({ prefix: '/a' });
      first.get('/:first', (ctx: Any) => {
        ctx.body = 'first';
      });
      const second = new Router();
      second.get('/b/:second', (ctx: Any) => {
        ctx.body = 'second';
      });
      const { ask } = await record(t, (app) => app.use(first.routes()).use(second.routes()));
      assert.deepEqual(
        (await ask('/a/1', '/b/1', '/c/1')).map(([, , , route]) => route),
        ['/a/:first', '/b/:second', '(unmatched)'],
      );
    });

    test('puts the path before it where an application is mounted as koa-mount does', async (t) => {
      const router = new Router();
      router.get('/items/:id', (ctx: Any) => {
        ctx.body = 'ok';
      });
      const { ask } = await record(t, (app) => {
        app.use(async (ctx: Any, next: Any) => {
          const { path } = ctx;
          if (!path.startsWith('/shop/')) return next();
          ctx.mountPath = '/shop';
          ctx.path = path.slice('/shop'.length);
          await router.routes()(ctx, next);
          ctx.path = path;
        });
        app.use(router.routes());
      });
      assert.deepEqual(
        (await ask('/shop/items/7', '/items/7')).map(([, , , route]) => route),
        ['/shop/items/:id', '/items/:id'],
      );
    });

    test('passes requests through when it is switched off', async (t) => {
      const recorder = rawRequestsKoa({ enabled: false });
      const app = new Koa();
      app.use(recorder).use((ctx: Any) => {
        ctx.body = 'ok';
      });
      const { url } = await listen(t, app.callback());
      assert.equal(await (await fetch(url)).text(), 'ok');
      assert.equal(recorder.stats().recorded, 0);
    });
  });
}
