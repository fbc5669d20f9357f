import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { fakeInflux } from '../support/fake-influx.ts';
import { LONG_EXIT_TIMEOUT } from '../support/run.ts';

const run = promisify(execFile);
const modules = fileURLToPath(new URL('../../../node_modules', import.meta.url));
const hook = new URL('../../src/register.js', import.meta.url);
const preloads = { '--import': hook.href, '--require': fileURLToPath(hook) };
type Preload = keyof typeof preloads;

/** A folder for a program, in which these packages of this repository are installed. */
async function project(t: TestContext, ...packages: string[]): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'register-routes-'));
  t.after(() => rm(folder, { recursive: true }));
  await mkdir(join(folder, 'node_modules/@hono'), { recursive: true });
  for (const name of packages) await symlink(join(modules, name), join(folder, 'node_modules', name));
  return folder;
}

interface Program {
  /** `null` for a program that uses this package itself. */
  readonly preload?: Preload | null;
  /** The name of its file, which says whether it is an ES module. */
  readonly file: string;
  /** Has to call `visit(port)` when its server listens. */
  readonly code: string;
  readonly cwd?: string;
}

/** Runs a program that is asked for each path in turn; returns what it printed, and status and route of each request. */
async function record(
  t: TestContext,
  folder: string,
  { preload = '--import', file, code, cwd = tmpdir() }: Program,
  ...paths: string[]
) {
  const influx = await fakeInflux(t);
  const visit = `
    async function visit(port) {
      for (const path of ${JSON.stringify(paths)}) {
        const answer = await fetch('http://127.0.0.1:' + port + path, { headers: { connection: 'close' } });
        console.log(answer.status + ' ' + await answer.text());
      }
      process.exit(0);
    }`;
  await writeFile(join(folder, file), code + visit);
  const env = {
    ...process.env,
    ...LONG_EXIT_TIMEOUT,
    INFLUX_URL: influx.url,
    INFLUX_DATABASE: 'requests',
    RAW_REQUESTS_FLUSH_INTERVAL_MS: '10',
  };
  const args = [...(preload === null ? [] : [preload, preloads[preload]]), join(folder, file)];
  const { stdout, stderr } = await run(process.execPath, args, { cwd, env });
  return {
    stdout,
    stderr,
    routes: influx.points.map(({ tags }) => `${tags.status} ${tags.route}`),
  };
}

/** Each way to load a framework, with each way to load this package. */
function ways(esm: string, cjs: string): { name: string; preload: Preload; file: string; load: string }[] {
  return (['--import', '--require'] as const).flatMap((preload) => [
    { name: `imported, with ${preload}`, preload, file: 'app.mjs', load: esm },
    { name: `required, with ${preload}`, preload, file: 'app.cjs', load: cjs },
  ]);
}

const listen = `serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, ({ port }) => visit(port));`;
const hono = {
  esm: `import { Hono } from 'hono'; import { serve } from '@hono/node-server';`,
  cjs: `const { Hono } = require('hono'); const { serve } = require('@hono/node-server');`,
  app: `
    const items = new Hono().get('/', (c) => c.text('all')).get('/:item', async (c) => c.text('one'));
    const failing = new Hono().get('/:id', () => { throw new Error('expected'); });
    failing.onError((error, c) => c.text(error.message, 418));
    const app = new Hono();
    app.use('/guarded/*', (c, next) => c.req.query('token') ? next() : c.text('no', 401));
    app.get('/guarded/:id', (c) => c.text('yes'));
    app.route('/tenants/:tenant/items', items);
    app.route('/failing', failing);
    app.basePath('/v1').get('/base/:id', (c) => c.text('based'));
    app.get('/raw/:id', () => new Response('raw'));
    app.get('/denied/:id', () => { throw Object.assign(new Error(), { getResponse: () => new Response('no', { status: 403 }) }); });
    app.post('/only-post/:id', (c) => c.text('posted'));
    app.mount('/mounted', new Hono().get('/:id', (c) => c.text('mounted')).fetch);
    ${listen}`,
};
const honoPaths = {
  '/tenants/1/items': '200 /tenants/:tenant/items',
  '/tenants/1/items/2?q=1': '200 /tenants/:tenant/items/:item',
  '/failing/1': '418 /failing/:id',
  '/guarded/1': '401 /guarded/:id',
  '/guarded/1?token=1': '200 /guarded/:id',
  '/guarded': '401 (unmatched)',
  '/v1/base/1': '200 /v1/base/:id',
  '/raw/1': '200 /raw/:id',
  '/denied/1': '403 /denied/:id',
  '/only-post/1': '404 (unmatched)',
  '/mounted/1': '200 (unmatched)',
  '/nowhere': '404 (unmatched)',
};

describe('Hono, with register alone', () => {
  for (const { name, preload, file, load } of ways(hono.esm, hono.cjs)) {
    test(`has its full routes when it is ${name}`, async (t) => {
      const folder = await project(t, 'hono', '@hono/node-server');
      const program = { preload, file, code: load + hono.app };
      const { routes, stderr } = await record(t, folder, program, ...Object.keys(honoPaths));
      assert.deepEqual(routes, Object.values(honoPaths));
      assert.equal(stderr, '');
    });
  }

  test('has the base path of the application that is served, and routes of derived classes', async (t) => {
    const folder = await project(t, 'hono', '@hono/node-server');
    const code = `${hono.esm}
      class Shop extends Hono {}
      const app = new Shop().basePath('/api').get('/items/:id', (c) => c.text('ok'));
      ${listen}`;
    const { routes } = await record(t, folder, { file: 'app.mjs', code }, '/api/items/1', '/items/1');
    assert.deepEqual(routes, ['200 /api/items/:id', '404 (unmatched)']);
  });

  test('is found by the working directory, when the program is started by another one', async (t) => {
    const folder = await project(t, 'hono', '@hono/node-server');
    const starter = await mkdtemp(join(tmpdir(), 'register-routes-'));
    t.after(() => rm(starter, { recursive: true }));
    await writeFile(
      join(folder, 'main.mjs'),
      `${hono.esm} ${hono.app} function visit(port) { started(port); }`,
    );
    const code = `globalThis.started = visit; await import(process.cwd() + '/main.mjs');`;
    const program = { file: 'start.mjs', code, cwd: folder };
    const { routes } = await record(t, starter, program, '/tenants/1/items/2', '/nowhere');
    assert.deepEqual(routes, ['200 /tenants/:tenant/items/:item', '404 (unmatched)']);
  });

  test('answers as it does without', async (t) => {
    const folder = await project(t, 'hono', '@hono/node-server');
    const code = `${hono.esm}
      const app = new Hono();
      const seen = (c) => c.json(c.req.matchedRoutes.map(({ method, path, handler }) => [method, path, handler.name, handler.length]));
      app.use(async function first(c, next) { await next(); });
      app.get('/seen/:id', seen);
      app.get('/param/:id', (c) => c.text(c.req.param('id') + ' ' + c.req.routePath));
      console.log(app.fetch(new Request('http://x/nowhere')) instanceof Promise);
      console.log(new Hono().get('/', (c) => c.text('at once')).fetch(new Request('http://x/')) instanceof Response);
      console.log(JSON.stringify(Object.entries(Object.getOwnPropertyDescriptors(Object.getPrototypeOf(app.router))).map(
        ([name, { value, ...rest }]) => [name, value?.name, rest])));
      ${listen}`;
    const paths = ['/seen/1', '/param/2', '/nowhere'];
    const { stdout, routes } = await record(t, folder, { file: 'app.mjs', code }, ...paths);
    assert.deepEqual(routes, ['200 /seen/:id', '200 /param/:id', '404 (unmatched)']);
    const plain = await run(process.execPath, [join(folder, 'app.mjs')]);
    assert.equal(stdout, plain.stdout);
  });

  test('has no routes with a router of its own, or when it is not given what Node gave', async (t) => {
    const folder = await project(t, 'hono', '@hono/node-server');
    const changes = {
      router: `
        import { RegExpRouter } from 'hono/router/reg-exp-router';
        const app = new Hono({ router: new RegExpRouter() }).get('/items/:id', (c) => c.text('ok'));`,
      bindings: `
        const inner = new Hono().get('/items/:id', (c) => c.text('ok'));
        const app = { fetch: (request) => inner.fetch(request) };`,
    };
    for (const [name, change] of Object.entries(changes)) {
      const program = { file: `${name}.mjs`, code: hono.esm + change + listen };
      const { stdout, routes } = await record(t, folder, program, '/items/1');
      assert.deepEqual([stdout, routes], ['200 ok\n', ['200 (unmatched)']]);
    }
  });

  const router = (add: string) => `
    class Router { ${add} }
    export class Hono { router = new Router(); }`;
  for (const [name, text] of Object.entries({
    'throws while it is loaded': `throw new Error('expected');`,
    'can not be parsed': `is no {`,
    'waits while it is loaded': `await 0; export const Hono = class {};`,
    'has no class': `export const Hono = 'none';`,
    'throws when it is made': `export class Hono { constructor() { if (!globalThis.serving) throw new Error('expected'); } }`,
    'has no router': `export class Hono {}`,
    'has a router without add': router(''),
    'has a router that is given other things': router(`add(...args) { return JSON.stringify(args); }`),
  })) {
    test(`is left alone when it ${name}`, async (t) => {
      const folder = await project(t);
      const other = join(folder, 'node_modules/hono');
      const manifest = {
        name: 'hono',
        type: 'module',
        exports: { '.': { import: { default: './index.js' } } },
      };
      await mkdir(other);
      await writeFile(join(other, 'package.json'), JSON.stringify(manifest));
      await writeFile(join(other, 'index.js'), text);
      const code = `
        import http from 'node:http';
        globalThis.serving = true;
        const found = await import('hono').catch((error) => error.name);
        console.log(found.Hono ?? found);
        if (typeof found.Hono === 'function') console.log(new found.Hono().router?.add?.('GET', '/', 'other', 7));
        const server = http.createServer((req, res) => res.end('ok'));
        server.listen(0, '127.0.0.1', () => visit(server.address().port));`;
      const { stdout, stderr, routes } = await record(t, folder, { file: 'app.mjs', code }, '/');
      assert.deepEqual([stderr, routes], ['', ['200 (unmatched)']]);
      assert.equal(stdout, (await run(process.execPath, [join(folder, 'app.mjs')])).stdout);
    });
  }
});

const polka = {
  esm: `import polka from 'polka';`,
  cjs: `const polka = require('polka');`,
  app: `
    const orders = polka().get('/', (req, res) => res.end('all')).get(':order', (req, res) => res.end(req.url));
    const shop = polka().use('/orders', orders).get('/item/:id', (req, res) => res.end('one'));
    const app = polka({ onError: (error, req, res) => { res.statusCode = error.code ?? 500; res.end('failed'); } });
    app.use((req, res, next) => req.query.denied ? next({ code: 401 }) : next());
    app.get('/', (req, res) => res.end('root'));
    app.get('/tenants/:tenant/items/:item?', (req, res) => res.end(req.params.item ?? 'none'));
    app.get('/files/*', (req, res) => res.end('file'));
    app.get('/fails/:id', (req, res, next) => next(new Error('expected')));
    app.all('/any/:id', (req, res) => res.end('any'));
    app.post('/only-post/:id', (req, res) => res.end('posted'));
    app.use('/shop', shop);
    app.listen(0, '127.0.0.1', () => visit(app.server.address().port));`,
};
const polkaPaths = {
  '/': '200 /',
  '/tenants/1/items/2?q=1': '200 /tenants/:tenant/items/:item?',
  '/tenants/1/items': '200 /tenants/:tenant/items/:item?',
  '/tenants/1/items/2?denied=1': '401 /tenants/:tenant/items/:item?',
  '/files/a/b': '200 /files/*',
  '/fails/1': '500 /fails/:id',
  '/any/1': '200 /any/:id',
  '/only-post/1': '404 (unmatched)',
  '/shop/item/1': '200 /shop/item/:id',
  '/shop/orders': '200 /shop/orders',
  '/shop/orders/7': '200 /shop/orders/:order',
  '/shop/orders/7/nowhere': '404 (unmatched)',
  '/shop': '404 (unmatched)',
  '/nowhere': '404 (unmatched)',
};

describe('Polka, with register alone', () => {
  for (const { name, preload, file, load } of ways(polka.esm, polka.cjs)) {
    test(`has its full routes when it is ${name}`, async (t) => {
      const folder = await project(t, 'polka');
      const program = { preload, file, code: load + polka.app };
      const { routes, stdout } = await record(t, folder, program, ...Object.keys(polkaPaths));
      assert.deepEqual(routes, Object.values(polkaPaths));
      const plain = await run(process.execPath, [join(folder, file)]);
      assert.equal(stdout, plain.stdout);
    });
  }

  test('tells requests apart that are handled at the same time', async (t) => {
    const folder = await project(t, 'polka');
    const code = `${polka.esm}
      const app = polka();
      app.use((req, res, next) => setTimeout(next, 20));
      app.get('/first/:id', (req, res) => { app.find('GET', '/second/1'); res.end('first'); });
      app.get('/second/:id', (req, res) => res.end('second'));
      app.listen(0, '127.0.0.1', async () => {
        const { port } = app.server.address();
        fetch('http://127.0.0.1:' + port + '/second/1');
        visit(port);
      });`;
    const { routes } = await record(t, folder, { file: 'app.mjs', code }, '/first/1', '/second/1');
    assert.deepEqual(routes.toSorted(), ['200 /first/:id', '200 /second/:id', '200 /second/:id']);
  });
});

describe('restify, with register alone', {
  // restify 11 uses an internal module that Node 24 has no more.
  skip: Number.parseInt(process.versions.node, 10) >= 24 && 'restify does not load on this Node',
}, () => {
  const app = `
    const app = restify.createServer();
    app.use((req, res, next) => req.url.includes('denied') ? next(new errors.UnauthorizedError()) : next());
    app.get('/tenants/:tenant/items/:item', (req, res, next) => { res.send('ok'); next(); });
    app.get({ path: '/versions/:id', version: ['1.0.0', '2.0.0'] }, (req, res, next) => { res.send('ok'); next(); });
    app.get('/fails/:id', (req, res, next) => next(new Error('expected')));
    app.get({ name: 'last', path: '/last/:id' }, (req, res, next) => { res.send('last'); next(); });
    app.get('/files/*', (req, res, next) => { res.send('file'); next(); });
    app.post('/only-post/:id', (req, res, next) => { res.send('posted'); next(); });
    app.listen(0, '127.0.0.1', () => visit(app.address().port));`;
  const paths = {
    '/tenants/1/items/2?q=1': '200 /tenants/:tenant/items/:item',
    '/tenants/1/items/2?denied=1': '401 /tenants/:tenant/items/:item',
    '/versions/1': '200 /versions/:id',
    '/fails/1': '500 /fails/:id',
    '/last/1': '200 /last/:id',
    '/files/a/b': '200 /files/*',
    '/only-post/1': '405 (unmatched)',
    '/nowhere': '404 (unmatched)',
  };
  for (const { name, preload, file, load } of ways(
    `import restify from 'restify'; import errors from 'restify-errors';`,
    `const restify = require('restify'); const errors = require('restify-errors');`,
  )) {
    test(`has its full routes when it is ${name}`, async (t) => {
      const folder = await project(t, 'restify', 'restify-errors');
      const { routes } = await record(t, folder, { preload, file, code: load + app }, ...Object.keys(paths));
      assert.deepEqual(routes, Object.values(paths));
    });
  }

  test('has its full routes with the middleware alone as well', async (t) => {
    const folder = await project(t, 'restify', 'restify-errors');
    const code = `
      import restify from 'restify';
      import errors from 'restify-errors';
      import { rawRequests } from '${new URL('../../src/index.js', import.meta.url).href}';
      ${app.replace('app.use(', 'app.pre(rawRequests()); app.use(')}`;
    const program = { preload: null, file: 'app.mjs', code };
    const { routes } = await record(t, folder, program, ...Object.keys(paths));
    assert.deepEqual(routes, Object.values(paths));
  });
});

test('what an application itself calls `req.route` is no route', async (t) => {
  const folder = await project(t);
  const code = `
    import http from 'node:http';
    const made = [null, 'text', { path: '/items/1' }, { path: 7, chain: { run() {} } }, { get path() { throw new Error(); } }];
    const server = http.createServer((req, res) => {
      if (made.length > 0) req.route = made.shift();
      else Object.defineProperty(req, 'route', { get() { throw new Error(); } });
      res.end('ok');
    });
    server.listen(0, '127.0.0.1', () => visit(server.address().port));`;
  const { routes } = await record(t, folder, { file: 'app.mjs', code }, ...Array(6).fill('/items/1'));
  assert.deepEqual(routes, Array(6).fill('200 (unmatched)'));
});
