import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import http from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { promisify } from 'node:util';
import { watchHapi } from '../../src/capture/frameworks/hapi.ts';
import { onLoaded } from '../../src/capture/frameworks/loaded-modules.ts';
import { type RawRequests, rawRequests } from '../../src/index.ts';
import { fakeInflux } from '../support/fake-influx.ts';
import type { Point } from '../support/line-protocol.ts';
import { connect } from '../support/server.ts';

// biome-ignore-start lint/suspicious/noExplicitAny: these frameworks are not typed
type Any = any;
// biome-ignore-end lint/suspicious/noExplicitAny: these frameworks are not typed

const require = createRequire(import.meta.url);
const run = promisify(execFile);
const source = (path: string) => new URL(`../../src/${path}`, import.meta.url).href;

/** Runs an ES module in a process of its own, and returns what it printed as JSON. */
async function child(code: string, cwd = process.cwd()): Promise<unknown> {
  const prelude = `
    import http from 'node:http';
    import { createRequire } from 'node:module';
    import { watchHapi } from '${source('capture/frameworks/hapi.js')}';
    import { watchKoa } from '${source('capture/frameworks/koa.js')}';
    import { onLoaded } from '${source('capture/frameworks/loaded-modules.js')}';
    import { namedRoute } from '${source('capture/routes/named-route.js')}';
    const require = createRequire(process.cwd() + '/');
    const print = (value) => console.log(JSON.stringify(value));
    // The routes that were told of requests, once they are over.
    const routesOf = async (server, ...paths) => {
      const routes = [];
      let over = () => {};
      const allOver = new Promise((resolve) => { over = resolve; });
      server.prependListener('request', (req, res) => res.on('close', () => {
        if (routes.push(namedRoute(req) ?? null) === paths.length) over();
      }));
      if (!server.listening) await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
      const { port } = server.address();
      for (const path of paths) await (await fetch('http://127.0.0.1:' + port + path)).text();
      await allOver;
      server.close();
      server.closeAllConnections();
      return routes;
    };
  `;
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', prelude + code], { cwd });
  return JSON.parse(stdout);
}

/** A folder with CommonJS packages: their files by path below `node_modules`. */
async function packages(t: TestContext, files: Record<string, string>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'loaded-modules-'));
  t.after(() => rm(folder, { recursive: true }));
  for (const [path, text] of Object.entries(files)) {
    const file = join(folder, 'node_modules', path);
    await mkdir(join(file, '..'), { recursive: true });
    await writeFile(file, text);
  }
  return folder;
}

describe('onLoaded', () => {
  const made = 'exports.made = (globalThis.count = (globalThis.count ?? 0) + 1);';

  test('tells of a package that is required, once', async (t) => {
    const folder = await packages(t, { 'one/index.js': made });
    const told = await child(
      `const told = [];
      onLoaded('one', (exports) => told.push(exports.made));
      for (let i = 0; i < 3; i++) require('one');
      await import(process.cwd() + '/node_modules/one/index.js');
      print(told);`,
      folder,
    );
    assert.deepEqual(told, [1]);
  });

  test('tells of a package that is imported, before the import sees it', async (t) => {
    const folder = await packages(t, {
      'one/index.js': 'exports.name = "one";',
      '@scope/two/index.js': 'exports.name = "two";',
    });
    const seen = await child(
      `onLoaded('one', (exports) => { exports.name += ' seen'; });
      onLoaded('@scope/two', (exports) => { exports.name += ' seen'; });
      const { name } = await import(process.cwd() + '/node_modules/one/index.js');
      const two = await import(process.cwd() + '/node_modules/@scope/two/index.js');
      print([name, two.name, two.default.name]);`,
      folder,
    );
    assert.deepEqual(seen, ['one seen', 'two seen', 'two seen']);
  });

  test('tells of what had been loaded before, and of each of several copies', async (t) => {
    const folder = await packages(t, { 'one/index.js': made, 'other/node_modules/one/index.js': made });
    const told = await child(
      `const told = [];
      require('one');
      onLoaded('one', (exports) => told.push(exports.made));
      onLoaded('one', (exports) => told.push(exports.made));
      createRequire(process.cwd() + '/node_modules/other/')('one');
      print(told);`,
      folder,
    );
    assert.deepEqual(told, [1, 1, 2, 2]);
  });

  test('tells of no other package', async (t) => {
    const folder = await packages(t, {
      'one-more/index.js': made,
      'one/node_modules/inner/index.js': made,
      'two/one/index.js': made,
    });
    const told = await child(
      `const told = [];
      onLoaded('one', (exports) => told.push(exports.made));
      require('one-more');
      require('two/one');
      createRequire(process.cwd() + '/node_modules/one/')('inner');
      await import(process.cwd() + '/node_modules/one/node_modules/inner/index.js');
      print(told);`,
      folder,
    );
    assert.deepEqual(told, []);
  });

  test('leaves what is loaded, and what fails to load, as it is', async (t) => {
    const folder = await packages(t, {
      'one/index.js': made,
      'text/index.js': 'module.exports = "text";',
      'none/index.js': 'module.exports = null;',
      'broken/index.js': 'throw new Error("expected");',
    });
    const seen = await child(
      `for (const name of ['one', 'text', 'none', 'broken', 'missing']) {
        onLoaded(name, () => { throw new Error('not to be seen'); });
      }
      print(['one', 'text', 'none', 'broken', 'missing'].map((name) => {
        try { return require(name); } catch (error) { return error.code ?? error.message; }
      }));`,
      folder,
    );
    assert.deepEqual(seen, [{ made: 1 }, 'text', null, 'expected', 'MODULE_NOT_FOUND']);
  });

  test('wraps the loader once', () => {
    const loader = require('node:module') as { _load: unknown };
    onLoaded('nothing-of-this-name', () => assert.fail());
    const load = loader._load;
    onLoaded('nothing-of-this-name', () => assert.fail());
    assert.equal(loader._load, load);
  });
});

const koaApp = `
  const Router = require('@koa/router');
  const app = new Koa();
  app.silent = true;
  const items = new Router({ prefix: '/items' });
  items.get('/:item', (ctx) => { ctx.body = ctx.params.item; });
  const router = new Router({ prefix: '/tenants/:tenant' });
  router.use(items.routes());
  router.get('/throws', () => { throw new Error('expected'); });
  app.use(router.routes());
  print(await routesOf(http.createServer(app.callback()), '/tenants/1/items/2', '/tenants/1/throws', '/none'));
`;
const koaRoutes = ['/tenants/:tenant/items/:item', '/tenants/:tenant/throws', null];

describe('watchKoa', () => {
  for (const name of ['koa', 'koa-2']) {
    test(`tells the routes of ${name} when it is imported`, async () => {
      assert.deepEqual(
        await child(`watchKoa('${name}'); const { default: Koa } = await import('${name}'); ${koaApp}`),
        koaRoutes,
      );
    });

    test(`tells the routes of ${name} when it is required`, async () => {
      assert.deepEqual(
        await child(`watchKoa('${name}'); const Koa = require('${name}'); ${koaApp}`),
        koaRoutes,
      );
    });

    test(`tells the routes of ${name} when it had been loaded before`, async () => {
      assert.deepEqual(
        await child(`const Koa = require('${name}'); watchKoa('${name}'); ${koaApp}`),
        koaRoutes,
      );
    });

    test(`tells the routes of a class derived from that of ${name}`, async () => {
      assert.deepEqual(
        await child(`watchKoa('${name}');
          class Koa extends require('${name}') {
            createContext(req, res) { return super.createContext(req, res); }
          }
          ${koaApp}`),
        koaRoutes,
      );
    });

    test(`changes nothing else of ${name}`, async () => {
      const shape = `
        const shape = (Koa) => Object.entries(Object.getOwnPropertyDescriptors(Koa.prototype)).map(
          ([name, { value, writable, enumerable, configurable }]) =>
            [name, typeof value, value?.name, value?.length, writable, enumerable, configurable]);
        const Koa = require('${name}');
        const app = new Koa();
        print([shape(Koa), app.middleware.length, app.eventNames()]);`;
      assert.deepEqual(await child(`watchKoa('${name}');${shape}`), await child(shape));
    });
  }
});

const hapiServer = `
  const routes = async (server) => {
    const handler = () => 'ok';
    server.route({ method: 'GET', path: '/items/{id}', handler });
    await server.register({ plugin: { name: 'shop', register: (shop) =>
      shop.route({ method: 'GET', path: '/orders/{order}', handler }) } }, { routes: { prefix: '/shop' } });
    await server.start();
    const told = await routesOf(server.listener, '/items/1', '/shop/orders/2', '/none');
    await server.stop({ timeout: 0 });
    return told;
  };
  const settings = { port: 0, host: '127.0.0.1' };
`;
const hapiRoutes = ['/items/{id}', '/shop/orders/{order}', null];

describe('watchHapi', () => {
  test('tells the routes of servers when Hapi is imported, by either name', async () => {
    assert.deepEqual(
      await child(`watchHapi(); const { default: Hapi, server, Server } = await import('@hapi/hapi'); ${hapiServer}
        print([await routes(Hapi.server(settings)), await routes(server(settings)), await routes(new Server(settings))]);`),
      [hapiRoutes, hapiRoutes, hapiRoutes],
    );
  });

  test('tells the routes of servers when Hapi is required, or had been before', async () => {
    assert.deepEqual(
      await child(
        `watchHapi(); const Hapi = require('@hapi/hapi'); ${hapiServer} print(await routes(Hapi.server(settings)));`,
      ),
      hapiRoutes,
    );
    assert.deepEqual(
      await child(
        `const Hapi = require('@hapi/hapi'); watchHapi(); ${hapiServer} print(await routes(new Hapi.Server(settings)));`,
      ),
      hapiRoutes,
    );
  });

  test('changes nothing else of Hapi', async () => {
    const shape = `
      const Hapi = require('@hapi/hapi');
      const server = Hapi.server({ app: { a: 1 } });
      server.route({ method: 'GET', path: '/', handler: () => 'ok' });
      const failed = (() => { try { Hapi.server({ nothing: 1 }); } catch (error) { return error.message; } })();
      print([Object.keys(Hapi), Hapi.server === Hapi.Server, Hapi.server.name, Hapi.server.length,
        server.settings.app, (await server.inject('/')).payload, (await server.inject('/none')).statusCode, failed]);`;
    assert.deepEqual(await child(`watchHapi();${shape}`), await child(shape));
  });

  test('is harmless where it finds something else', () => {
    assert.doesNotThrow(() => watchHapi('koa'));
    assert.equal(typeof require('koa'), 'function');
  });
});

/** Starts an application that uses the plain middleware; `build` returns its server, or a request listener. */
async function plain(t: TestContext, build: (record: RawRequests) => http.RequestListener | http.Server) {
  const influx = await fakeInflux(t);
  const recorder = rawRequests({ url: influx.url, database: 'requests', flushIntervalMs: 10 });
  t.after(() => recorder.close());
  const built = build(recorder);
  const server = typeof built === 'function' ? http.createServer(built) : built;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  const { port } = server.address() as AddressInfo;
  const ask = async (...paths: string[]) => {
    for (const path of paths) await (await fetch(`http://127.0.0.1:${port}${path}`)).text();
    return (await influx.stored(paths.length)).map(facts);
  };
  /** Leaves a request for `path` when `reached` says that it is handled. */
  const leave = async (path: string, reached: Promise<void>) => {
    const before = influx.points.length;
    const { socket } = await connect(t, port);
    socket.write(`GET ${path} HTTP/1.1\r\nhost: x\r\n\r\n`);
    await reached;
    socket.destroy();
    await influx.stored(before + 1);
    await recorder.flush();
    return influx.points.slice(before).map(facts);
  };
  return { ask, leave };
}

const facts = ({ tags }: Point) => [tags.status, tags.outcome, tags.route];

function signal() {
  let resolve = () => {};
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

describe('the plain middleware', () => {
  test('records what Connect handles, which has no routes', async (t) => {
    const reached = signal();
    const { ask, leave } = await plain(t, (record) => {
      const app: Any = require('connect')();
      app.use(record);
      app.use('/items', (req: Any, res: Any, next: Any) => {
        if (req.url === '/throws') throw Object.assign(new Error('expected'), { status: 418 });
        if (req.url === '/slow') reached.resolve();
        else if (req.url === '/next') next();
        else res.end('ok');
      });
      app.use((_error: Any, _req: Any, res: Any, _next: Any) => {
        res.statusCode = 418;
        res.end();
      });
      return app;
    });
    assert.deepEqual(await ask('/items/1', '/items/throws', '/items/next', '/none'), [
      ['200', 'finished', '(unmatched)'],
      ['418', 'finished', '(unmatched)'],
      ['404', 'finished', '(unmatched)'],
      ['404', 'finished', '(unmatched)'],
    ]);
    assert.deepEqual(await leave('/items/slow', reached.promise), [['0', 'aborted', '(unmatched)']]);
  });

  test('records what Polka handles, which does not tell its routes', async (t) => {
    const reached = signal();
    const { ask, leave } = await plain(t, (record) => {
      const app: Any = require('polka')();
      app.use(record);
      app.get('/items/:id', (_req: Any, res: Any) => res.end('ok'));
      app.get('/throws/:id', (_req: Any, _res: Any, next: Any) =>
        next(Object.assign(new Error('expected'), { code: 418 })),
      );
      app.get('/slow/:id', () => reached.resolve());
      return app.handler;
    });
    assert.deepEqual(await ask('/items/1', '/throws/1', '/none'), [
      ['200', 'finished', '(unmatched)'],
      ['418', 'finished', '(unmatched)'],
      ['404', 'finished', '(unmatched)'],
    ]);
    assert.deepEqual(await leave('/slow/1', reached.promise), [['0', 'aborted', '(unmatched)']]);
  });

  // In a process of its own, because restify changes the responses of all servers in its process.
  // restify 11 uses an internal module that Node 24 has no more.
  const skip = Number.parseInt(process.versions.node, 10) >= 24 && 'restify does not load on this Node';
  test('records what restify handles, with its routes when it is told where they are', {
    skip,
  }, async (t) => {
    const influx = await fakeInflux(t);
    const acknowledged = await child(`
      import net from 'node:net';
      import { rawRequests } from '${source('index.js')}';
      const record = rawRequests({ url: '${influx.url}', database: 'requests', route: (req) => req.route?.path });
      const app = require('restify').createServer();
      app.pre(record);
      app.get('/items/:id', (req, res, next) => { res.send('ok'); next(); });
      app.get('/throws/:id', (req, res, next) => next(new Error('expected')));
      app.post('/only-post/:id', (req, res, next) => { res.send('ok'); next(); });
      app.get('/slow/:id', (req, res, next) => { res.on('close', closed); client.destroy(); });
      let closed;
      const over = new Promise((resolve) => { closed = resolve; });
      await new Promise((resolve) => app.listen(0, '127.0.0.1', resolve));
      const { port } = app.address();
      for (const path of ['/items/1', '/throws/1', '/only-post/1', '/none']) {
        await (await fetch('http://127.0.0.1:' + port + path)).text();
      }
      const client = net.connect(port, '127.0.0.1');
      client.write('GET /slow/1 HTTP/1.1\\r\\nhost: x\\r\\n\\r\\n');
      await over;
      app.server.close();
      app.server.closeAllConnections();
      await record.close();
      print(record.stats().acknowledged);
    `);
    assert.equal(acknowledged, 5);
    assert.deepEqual(influx.points.map(facts), [
      ['200', 'finished', '/items/:id'],
      ['500', 'finished', '/throws/:id'],
      ['405', 'finished', '(unmatched)'],
      ['404', 'finished', '(unmatched)'],
      ['0', 'aborted', '/slow/:id'],
    ]);
  });
});
