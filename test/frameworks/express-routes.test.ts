import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { before, describe, type TestContext, test } from 'node:test';
import { watchLoadedRouter } from '../../src/capture/frameworks/router.ts';
import { expressRoute } from '../../src/capture/routes/express-routes.ts';

// biome-ignore lint/suspicious/noExplicitAny: the Express packages under test carry no types
type Any = any;

interface Express {
  (): Any;
  Router(options?: object): Any;
}

const require = createRequire(import.meta.url);

const versions: [name: string, load: () => Express][] = [
  ['Express 4.17', () => require('express-4.17')],
  ['Express 4', () => require('express-4')],
  ['Express 5.0', () => require('express-5.0')],
  ['Express 5.1', () => require('express-5.1')],
  ['Express 5', () => require('express')],
  ['Express 5 with a router that keeps no pattern, as before router 2.3', () => require('express')],
];

/** What a test builds with: quiet about the errors it provokes. */
interface Kit {
  express(): Any;
  Router(options?: object): Any;
  serve(t: TestContext, app: Any, listener?: http.RequestListener): Promise<Client>;
}

/** Sends a request as it is, and resolves with the route that it was given. */
type Client = (path: string, method?: string) => Promise<string | undefined>;

function kitOf(load: () => Express, forgetsPatterns: boolean): Kit {
  const make = load();
  const made: Any[] = [];
  const keep = (one: Any): Any => {
    made.push(one);
    return one;
  };
  return {
    express: () => keep(make()).set('env', 'test'),
    Router: (options) => keep(make.Router(options)),
    async serve(t, app, listener = app) {
      if (forgetsPatterns) {
        for (const one of made) for (const layer of stackOf(one)) delete layer.rawPath;
      }
      const server = http.createServer(listener);
      const routes: (string | undefined)[] = [];
      server.prependListener('request', (req, res) => {
        res.on('close', () => {
          routes.push(expressRoute(req));
          server.emit('routed');
        });
      });
      await once(server.listen(0, '127.0.0.1'), 'listening');
      t.after(() => {
        server.close();
        server.closeAllConnections();
      });
      const { port } = server.address() as AddressInfo;
      return async (path, method = 'GET') => {
        const routed = once(server, 'routed');
        const request = http.request({ port, path, method, host: '127.0.0.1', agent: false }).end();
        const [response] = (await once(request, 'response')) as [http.IncomingMessage];
        response.resume();
        await routed;
        return routes.pop();
      };
    },
  };
}

function stackOf(one: Any): Any[] {
  return one.stack ?? (one._router ?? one.router).stack;
}

function keepsPatterns(app: Any): boolean {
  return stackOf(app).some(({ regexp, rawPath }) => regexp || rawPath);
}

const answer = (_req: unknown, res: Any): void => res.end('ok');
const fail = (): never => {
  throw new Error('as the test wants it');
};

for (const [name, load] of versions) {
  const is4 = name.startsWith('Express 4');
  const { express, Router, serve } = kitOf(load, name.includes('keeps no pattern'));

  describe(`the route template in ${name}`, () => {
    test('is the path of a route of the application', async (t) => {
      const app = express();
      app.get('/', answer);
      app.get('/users/:id', answer);
      app.route('/books/:book').get(answer).post(answer);
      app.all('/any', answer);
      const get = await serve(t, app);
      assert.equal(await get('/'), '/');
      assert.equal(await get('/users/42?token=secret'), '/users/:id');
      assert.equal(await get('/books/7', 'POST'), '/books/:book');
      assert.equal(await get('/any', 'DELETE'), '/any');
    });

    test('contains the patterns of the mounts, not their values', async (t) => {
      const app = express();
      const tenants = Router();
      const items = Router({ mergeParams: true });
      items.route('/:item').get(answer);
      tenants.use('/:tenant/items', items);
      app.use('/tenants', tenants);
      const get = await serve(t, app);
      assert.equal(await get('/tenants/42/items/7'), '/tenants/:tenant/items/:item');
      assert.equal(await get('/tenants/43/items/8'), '/tenants/:tenant/items/:item');
    });

    test('has no double slash and none at the end of a mount', async (t) => {
      const app = express();
      const api = Router();
      const root = Router();
      api.get('/', answer);
      api.get('/x', answer);
      root.get('/at-root', answer);
      root.use('/slashed/', api);
      app.use('/api', api);
      app.use(root);
      app.use('/', root);
      const get = await serve(t, app);
      assert.equal(await get('/api'), '/api');
      assert.equal(await get('/api/'), '/api');
      assert.equal(await get('/api/x'), '/api/x');
      assert.equal(await get('/at-root'), '/at-root');
      assert.equal(await get('/slashed/x'), '/slashed/x');
      assert.equal(await get('/slashed'), '/slashed');
    });

    test('tells a parameter from a literal of the same text', async (t) => {
      const app = express();
      const posts = Router();
      posts.get('/users', answer);
      posts.get('/:id', answer);
      app.use('/users/:user/posts', posts);
      app.use('/:first/:second', posts);
      const get = await serve(t, app);
      assert.equal(await get('/users/users/posts/users'), '/users/:user/posts/users');
      assert.equal(await get('/users/posts/posts/posts'), '/users/:user/posts/:id');
      assert.equal(await get('/same/same/same'), '/:first/:second/:id');
    });

    test('finds parameters that are a part of a segment', async (t) => {
      const app = express();
      const router = Router();
      router.get('/x', answer);
      app.use('/v:version/:from-:to', router);
      const get = await serve(t, app);
      assert.equal(await get('/vv/1-2/x'), '/v:version/:from-:to/x');
      assert.equal(await get('/v2/%31%2F-2/x'), '/v:version/:from-:to/x');
    });

    test('is found for routers that are older than this library', async (t) => {
      const app = express();
      const router = Router();
      router.get('/items/:item', answer);
      app.use('/tenants/:tenant', router);
      const url = new URL('../../src/capture/routes/express-routes.js?loaded-late', import.meta.url);
      const late: { expressRoute: typeof expressRoute } = await import(url.href);
      const routes: unknown[] = [];
      const get = await serve(t, app, (req, res) => {
        res.on('close', () => routes.push(late.expressRoute(req)));
        app(req, res);
      });
      await get('/tenants/1/items/2');
      assert.notEqual(late.expressRoute, expressRoute);
      assert.deepEqual(routes, ['/tenants/:tenant/items/:item']);
    });

    test('depends on the path where a router is mounted twice', async (t) => {
      const app = express();
      const router = Router();
      const outer = Router();
      router.get('/x', answer);
      router.get('/items/:item', answer);
      outer.use('/:tenant', router);
      app.use('/v1', router);
      app.use('/v2/:lang', router);
      app.use('/v3', outer);
      const get = await serve(t, app);
      assert.equal(await get('/v1/x?at=/v2/en/x'), '/v1/x');
      assert.equal(await get('/v2/en/x'), '/v2/:lang/x');
      assert.equal(await get('/v3/v1/x'), '/v3/:tenant/x');
      assert.equal(await get('/v2/items/items/items'), '/v2/:lang/items/:item');
      assert.equal(await get('/V1/items/1'), '/v1/items/:item');
    });

    test('follows a path that middleware has rewritten', async (t) => {
      const app = express();
      const router = Router();
      router.get('/x', answer);
      app.use((req: Any, _res: Any, next: () => void) => {
        req.url = req.url.replace('/old', '/new');
        next();
      });
      app.use('/new', router);
      app.use('/other', router);
      const get = await serve(t, app);
      assert.equal(await get('/old/x'), '/new/x');
      assert.equal(await get('/other/x'), '/other/x');
    });

    test('joins what the path does not tell apart', async (t) => {
      const app = express();
      const router = Router();
      router.get('/x', (req: Any, res: Any) => {
        req.originalUrl = '/elsewhere';
        req.url = '*';
        res.end();
      });
      app.use(['/a', '/b/:id'], router);
      const get = await serve(t, app);
      // A router that keeps no patterns does not tell the mounts before a path has matched.
      assert.equal(await get('/a/x'), keepsPatterns(app) ? '/a/x|/b/:id/x' : '/x');
    });

    test('is that of each application where two share a router', async (t) => {
      const router = Router();
      router.get('/x', answer);
      const publicApp = express();
      const adminApp = express();
      publicApp.use('/public', router);
      adminApp.use('/admin', router);
      const getPublic = await serve(t, publicApp);
      const getAdmin = await serve(t, adminApp);
      assert.equal(await getPublic('/public/x'), '/public/x');
      assert.equal(await getAdmin('/admin/x'), '/admin/x');
      assert.equal(await getPublic('/public/x'), '/public/x');
    });

    test('notices a mount that is added later', async (t) => {
      const app = express();
      const router = Router();
      router.get('/x', answer);
      app.use('/v1', router);
      const get = await serve(t, app);
      assert.equal(await get('/v1/x'), '/v1/x');
      app.use('/v2', router);
      assert.equal(await get('/v2/x'), '/v2/x');
      assert.equal(await get('/v1/x'), '/v1/x');
    });

    test('is the path of an array that matched', async (t) => {
      const app = express();
      const router = Router();
      app.get(['/a/:id', '/b/:id'], answer);
      router.get('/x', answer);
      router.get(['/y', '/z'], answer);
      app.use(['/m', '/n/:id'], router);
      const get = await serve(t, app);
      assert.equal(await get('/a/1'), '/a/:id');
      assert.equal(await get('/b/1'), '/b/:id');
      assert.equal(await get('/m/x'), '/m/x');
      assert.equal(await get('/n/1/x'), '/n/:id/x');
      assert.equal(await get('/n/1/z'), '/n/:id/z');
    });

    test('is the path of a nested array that matched', async (t) => {
      const app = express();
      app.get(['/a', ['/b', ['/c/:id']]], answer);
      const get = await serve(t, app);
      assert.equal(await get('/a'), '/a');
      assert.match((await get('/c/1')) ?? '', /^(?:\/b\|)?\/c\/:id$/);
    });

    test('shows a RegExp as it is written', async (t) => {
      const app = express();
      const router = Router();
      app.get(/^\/files\/(\d+)$/, answer);
      app.get(['/plain', /^\/either|\/or$/], answer);
      router.get(/fly$/, answer);
      app.use('/api', router);
      const get = await serve(t, app);
      assert.equal(await get('/files/42'), '/^\\/files\\/(\\d+)$/');
      assert.equal(await get('/api/dragonfly'), '/api/fly$/');
      assert.equal(await get('/plain'), is4 ? '/plain|/^\\/either|\\/or$/' : '/plain');
    });

    test('contains a RegExp that is a mount, where Express keeps it', async (t) => {
      const app = express();
      const router = Router();
      router.get('/x', answer);
      router.get('/', answer);
      app.use(/^\/v\d+/, router);
      const get = await serve(t, app);
      assert.equal(await get('/v42/x'), keepsPatterns(app) ? '/^\\/v\\d+/x' : '/x');
      assert.equal(await get('/v42'), keepsPatterns(app) ? '/^\\/v\\d+/' : '/');
    });

    test('contains wildcards and optional parameters', async (t) => {
      const app = express();
      const router = Router();
      router.get('/x', answer);
      app.get(is4 ? '/files/*' : '/files/*splat', answer);
      app.get(is4 ? '/opt/:opt?' : '/opt{/:opt}', answer);
      app.use(is4 ? '/base/:lang?' : '/base{/:lang}', router);
      app.use(is4 ? '/wild/*/end' : '/wild/*rest/end', router);
      const get = await serve(t, app);
      assert.equal(await get('/files/a/b/c'), is4 ? '/files/*' : '/files/*splat');
      assert.equal(await get('/opt'), is4 ? '/opt/:opt?' : '/opt{/:opt}');
      assert.equal(await get('/opt/1'), is4 ? '/opt/:opt?' : '/opt{/:opt}');
      assert.equal(await get('/base/en/x'), is4 ? '/base/:lang?/x' : '/base{/:lang}/x');
      assert.equal(await get('/wild/a/b/end/x'), is4 ? '/wild/*/end/x' : '/wild/*rest/end/x');
    });

    test('does not depend on which form of an optional mount comes first', async (t) => {
      const app = express();
      const router = Router();
      router.get('/', answer);
      app.use(is4 ? '/with/:lang?' : '/with{/:lang}', router);
      app.use(is4 ? '/without/:lang?/:page?' : '/without{/:lang}{/:page}', router);
      const get = await serve(t, app);
      const end = is4 ? '/:lang?' : '{/:lang}';
      assert.equal(await get('/with/en'), `/with${end}`);
      assert.equal(await get('/with'), `/with${end}`);
      assert.equal(await get('/without'), `/without${end}${is4 ? '/:page?' : '{/:page}'}`);
      assert.equal(await get('/without/en/7'), `/without${end}${is4 ? '/:page?' : '{/:page}'}`);
    });

    test('leaves the custom groups of mounts out', { skip: !is4 }, async (t) => {
      const app = express();
      const router = Router();
      const sub = express();
      router.get('/x/:id(\\d+)', answer);
      sub.get('/y', answer);
      app.use('/:first(\\d+)/:second([a-z]+|_)?', router);
      app.use(['/in-(en|de)/:page(\\d+)', '/files.:ext'], router);
      app.use('/:sub(s[u]b)', sub);
      app.use('/other', express());
      const get = await serve(t, app);
      assert.equal(await get('/42/abc/x/7'), '/:first/:second?/x/:id(\\d+)');
      assert.equal(await get('/in-en/1/x/7'), '/in-(en|de)/:page/x/:id(\\d+)');
      assert.equal(await get('/files.txt/x/7'), '/files.:ext/x/:id(\\d+)');
      assert.equal(await get('/sub/y'), '/:sub/y');
    });

    test('respects strict and case-sensitive routing', async (t) => {
      const app = express();
      app.set('case sensitive routing', true);
      app.set('strict routing', true);
      const router = Router({ caseSensitive: true, strict: true });
      router.get('/x/', answer);
      router.get('/x', answer);
      app.use('/Api', router);
      app.use('/api', router);
      const get = await serve(t, app);
      assert.equal(await get('/Api/x'), '/Api/x');
      assert.equal(await get('/api/x'), '/api/x');
      assert.equal(await get('/api/x/'), '/api/x/');
    });

    test('is not changed by the case of a request', async (t) => {
      const app = express();
      const router = Router();
      router.get('/Items/:id', answer);
      app.use('/api', router);
      const get = await serve(t, app);
      assert.equal(await get('/aPI/iTEMS/7'), '/api/Items/:id');
    });

    test('is not disturbed by router.param', async (t) => {
      const app = express();
      const router = Router();
      router.param('id', (req: Any, _res: Any, next: () => void) => {
        req.params.id = 'replaced';
        setImmediate(next);
      });
      router.get('/:id', answer);
      app.use('/api', router);
      assert.equal(await (await serve(t, app))('/api/7'), '/api/:id');
    });

    test('keeps the mount after a handler has failed', async (t) => {
      const app = express();
      const router = Router();
      const nested = Router();
      nested.get('/throws', fail);
      nested.get('/next', (_req: Any, _res: Any, next: (error: Error) => void) => next(new Error('no')));
      nested.get('/rejects', async (_req: Any, _res: Any, next: (error: unknown) => void) => {
        await Promise.reject(new Error('no')).catch((error) => (is4 ? next(error) : Promise.reject(error)));
      });
      router.use('/:project', nested);
      app.use('/tenants/:tenant', router);
      const get = await serve(t, app);
      assert.equal(await get('/tenants/1/2/throws'), '/tenants/:tenant/:project/throws');
      assert.equal(await get('/tenants/1/2/next'), '/tenants/:tenant/:project/next');
      assert.equal(await get('/tenants/1/2/rejects'), '/tenants/:tenant/:project/rejects');
    });

    test('keeps the mount when an error handler answers', async (t) => {
      const app = express();
      const router = Router();
      router.get('/boom', fail);
      app.use('/v1', router);
      app.use('/v2', router);
      app.use((_error: Any, _req: Any, res: Any, _next: Any) => res.status(500).end());
      const get = await serve(t, app);
      assert.equal(await get('/v1/boom'), '/v1/boom');
      assert.equal(await get('/v2/boom'), '/v2/boom');
    });

    test('reaches through mounted applications', async (t) => {
      const app = express();
      const admin = express();
      const audit = express();
      const router = Router();
      router.get('/:entry', answer);
      audit.use('/log', router);
      audit.get('/', answer);
      admin.use('/audit/:year', audit);
      admin.get('/users/:user', answer);
      app.use('/admin', admin);
      const get = await serve(t, app);
      assert.equal(await get('/admin/users/1'), '/admin/users/:user');
      assert.equal(await get('/admin/audit/2026/log/7'), '/admin/audit/:year/log/:entry');
      assert.equal(await get('/admin/audit/2026'), '/admin/audit/:year');
    });

    test('tells several mounted applications apart', async (t) => {
      const app = express();
      const any = express();
      const one = express();
      const two = express();
      for (const sub of [any, one, two]) sub.get('/x', answer);
      any.get('/only', answer);
      app.use('/one', one);
      app.use(['/two', '/zwei/:id'], two);
      app.use('/:any', any);
      const get = await serve(t, app);
      assert.equal(await get('/one/x'), '/one/x');
      assert.equal(await get('/zwei/2/x'), '/zwei/:id/x');
      assert.equal(await get('/two/x'), '/two/x');
      assert.equal(await get('/three/x'), '/:any/x');
      assert.equal(await get('/one/x'), '/one/x');
      assert.equal(await get('/one/only'), '/:any/only');
    });

    test('tells the mounts of one application apart', async (t) => {
      const app = express();
      const sub = express();
      const other = express();
      sub.get('/x', answer);
      other.get('/y', answer);
      app.use('/other', other);
      app.use('/v1', sub);
      app.use('/v2/:lang', sub);
      const get = await serve(t, app);
      for (const _ of [1, 2]) {
        assert.equal(await get('/v1/x'), '/v1/x');
        assert.equal(await get('/v2/en/x'), '/v2/:lang/x');
        assert.equal(await get('/other/y'), '/other/y');
      }
    });

    test('reaches through layers that an instrumentation has wrapped', async (t) => {
      const app = express();
      const sub = express();
      const router = Router();
      sub.get('/x', answer);
      router.get('/y', answer);
      app.use('/sub/:id', sub);
      app.use('/api/:id', router);
      for (const layer of stackOf(app)) {
        const { handle } = layer;
        layer.handle = Object.assign((req: Any, res: Any, next: Any) => handle(req, res, next), handle);
      }
      const get = await serve(t, app);
      assert.equal(await get('/sub/1/x'), '/sub/:id/x');
      assert.equal(await get('/api/1/y'), '/api/:id/y');
    });

    test('reaches through an application that a router mounts', async (t) => {
      const app = express();
      const router = Router();
      const sub = express();
      sub.get('/users/:user', answer);
      sub.get('/boom', fail);
      router.use('/sub/:id', sub);
      app.use('/api', router);
      const get = await serve(t, app);
      assert.equal(await get('/api/sub/1/users/2'), '/api/sub/:id/users/:user');
      assert.equal(await get('/api/sub/1/boom'), '/api/sub/:id/boom');
    });

    test('keeps the mount of an application that fails, once a request has succeeded in it', async (t) => {
      const app = express();
      const sub = express();
      sub.get('/fine', answer);
      sub.get('/boom', fail);
      app.use('/sub', sub);
      const get = await serve(t, app);
      assert.equal(await get('/sub/boom'), '/boom');
      assert.equal(await get('/sub/fine'), '/sub/fine');
      assert.equal(await get('/sub/boom'), '/sub/boom');
    });

    test('reaches a router that is the handler of a route', async (t) => {
      const app = express();
      const outer = Router();
      const inner = Router();
      inner.get('/x/:id', answer);
      outer.all(is4 ? '/x/*' : '/x/*rest', inner);
      app.use('/api', outer);
      assert.equal(await (await serve(t, app))('/api/x/1'), '/api/x/:id');
    });

    test('is the own pattern of a route whose router is hidden', async (t) => {
      const app = express();
      const router = Router();
      router.get('/items/:item', answer);
      app.use('/tenants/:tenant', (req: Any, res: Any, next: Any) => router(req, res, next));
      const get = await serve(t, app);
      assert.equal(await get('/tenants/secret/items/7'), '/items/:item');
    });

    test('ends where a router contains itself', async (t) => {
      const app = express();
      const router = Router();
      router.get('/x', answer);
      router.use('/again', router);
      app.use('/api', router);
      const get = await serve(t, app);
      assert.equal(await get('/api/x'), '/api/x');
      assert.equal(await get('/api/again/again/x'), '/api/x');
    });

    test('is bounded where routers nest in many ways', async (t) => {
      const app = express();
      let router = Router();
      router.get('/x', answer);
      for (let level = 0; level < 20; level += 1) {
        const outer = Router();
        outer.use('/a', router);
        outer.use('/b', router);
        router = outer;
      }
      app.use(router);
      const get = await serve(t, app);
      const path = `${'/a/b'.repeat(10)}/x`;
      assert.ok(['/x', path].includes((await get(path)) ?? ''));
    });

    test('is undefined where no route matched', async (t) => {
      const app = express();
      const router = Router();
      router.post('/only-post', answer);
      app.use('/static', answer);
      app.use('/api', router);
      const get = await serve(t, app);
      assert.equal(await get('/static/file.css'), undefined);
      assert.equal(await get('/missing'), undefined);
      assert.equal(await get('/api/missing/42'), undefined);
      assert.equal(await get('/api/only-post'), undefined);
      assert.equal(await get('/api/only-post', 'OPTIONS'), undefined);
      assert.equal(await get('/%zz'), undefined);
    });

    test('is found for requests with unusual targets', async (t) => {
      const app = express();
      const router = Router();
      const any = is4 ? '*' : '/*any';
      router.get('/x', answer);
      app.use('/v1', router);
      app.use('/v2', router);
      app.all(any, answer);
      const get = await serve(t, app);
      assert.equal(await get('http://example.org/v2/x?q=/v1/x'), '/v2/x');
      assert.equal(await get('/v1/x#/v2'), '/v1/x');
      assert.equal(await get('//v1/x'), any);
      assert.equal(await get('/v1//x'), is4 ? '/v1/x' : any);
    });

    test('survives what others put on the request', async (t) => {
      const app = express();
      const router = Router();
      let spoil: (req: Any) => void = () => {};
      const spoilt = (req: Any, res: Any): void => {
        spoil(req);
        res.end();
      };
      router.get('/x', spoilt);
      app.use('/v1', router);
      app.use('/v2', router);
      const get = await serve(t, app);
      const throwing = new Proxy(
        {},
        {
          get: fail,
          has: fail,
          getPrototypeOf: fail,
          ownKeys: fail,
        },
      );
      const after = (change: (req: Any) => void): Promise<string | undefined> => {
        spoil = change;
        return get('/v1/x');
      };
      const set = (name: string, value: unknown) => (req: Any) =>
        Object.defineProperty(req, name, { value, configurable: true });

      for (const route of ['/users/42', { path: '/users/42' }, throwing, null, 42, () => {}, []]) {
        assert.equal(await after(set('route', route)), undefined);
      }
      for (const value of [undefined, null, 42, {}, throwing]) {
        assert.equal(await after(set('originalUrl', value)), '/v1/x');
        assert.ok(['/x', '/v1/x', undefined].includes(await after(set('app', value))));
        assert.equal(await after(set('baseUrl', value)), '/v1/x');
      }
      const bounded = ['/v1/x', '/v2/x', '/v1/x|/v2/x'];
      for (const url of ['*', '', '//x', 'http://', '?', '/%zz', '/%', `/${'/'.repeat(50_000)}`]) {
        assert.ok(bounded.includes((await after(set('originalUrl', url))) ?? ''), url);
      }
    });
  });
}

for (const forgets of [false, true]) {
  describe(`the route template of the package router without Express${forgets ? ', before 2.3' : ''}`, () => {
    const { Router, serve } = kitOf(() => Object.assign(fail, { Router: require('router') }), forgets);
    const serveRouter = (t: TestContext, root: Any) =>
      serve(t, root, (req, res) => root(req, res, () => res.writeHead(404).end()));
    before(() => {
      watchLoadedRouter();
      watchLoadedRouter();
    });

    test('contains the patterns of the mounts', async (t) => {
      const [root, tenants, items] = [Router(), Router(), Router()];
      root.use('/t', tenants);
      root.use('/u', tenants);
      root.get('/', answer);
      tenants.use('/:tenant', items);
      items.get('/items/:id', answer);
      items.get('/throws', fail);
      const get = await serveRouter(t, root);
      assert.equal(await get('/t/acme/items/7?a=b'), '/t/:tenant/items/:id');
      assert.equal(await get('/u/acme/items/8'), '/u/:tenant/items/:id');
      assert.equal(await get('/t/acme/throws'), '/t/:tenant/throws');
      assert.equal(await get('/'), '/');
      assert.equal(await get('/t/acme'), undefined);
    });

    test('is that of an Express application within it', async (t) => {
      const root = Router();
      const app = require('express')().set('env', 'test');
      app.get('/items/:id', answer);
      root.use('/shop', app);
      const get = await serveRouter(t, root);
      assert.equal(await get('/shop/items/7'), '/shop/items/:id');
    });
  });
}

test('the route template of a request without Express is undefined', () => {
  assert.equal(expressRoute({}), undefined);
  assert.equal(expressRoute(new http.IncomingMessage(null as never)), undefined);
});
