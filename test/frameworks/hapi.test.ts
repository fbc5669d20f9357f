import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import Hapi from '@hapi/hapi';
import { type RawRequestsHapiApi, rawRequestsHapi } from '../../src/adapters/hapi.ts';
import type { Options } from '../../src/index.ts';
import { fakeInflux } from '../support/fake-influx.ts';
import type { Point } from '../support/line-protocol.ts';
import { until } from '../support/within.ts';

const facts = ({ tags }: Point) => [tags.method, tags.status, tags.outcome, tags.route];

const apiOf = ({ plugins }: Hapi.Server): RawRequestsHapiApi => (plugins as never)['raw-requests'];

/** A Hapi server whose requests are recorded. */
async function record(
  t: TestContext,
  build: (server: Hapi.Server) => unknown,
  settings?: Hapi.ServerOptions,
) {
  const influx = await fakeInflux(t);
  const server = Hapi.server({ port: 0, host: '127.0.0.1', debug: false, ...settings });
  const options: Options = { url: influx.url, database: 'requests', flushIntervalMs: 10 };
  await server.register({ plugin: rawRequestsHapi, options });
  const api = apiOf(server);
  t.after(() => api.close());
  await build(server);
  await server.start();
  t.after(() => {
    server.listener.closeAllConnections();
    return server.stop({ timeout: 0 });
  });
  const port = Number(server.info.port);
  const url = `http://127.0.0.1:${port}`;
  /** Asks for each path in turn, and returns status and route of what was recorded. */
  const ask = async (...paths: string[]) => {
    const before = influx.points.length;
    for (const path of paths) await (await fetch(url + path)).text();
    const points = (await influx.stored(before + paths.length)).slice(before);
    return points.map(({ tags }) => [tags.status, tags.route]);
  };
  return { server, influx, options, api, port, ask };
}

const ok = () => 'ok';

describe('hapi', () => {
  test('names the full template, with the prefixes of plugins', async (t) => {
    const { ask } = await record(t, async (server) => {
      server.route([
        { method: 'GET', path: '/', handler: ok },
        { method: 'GET', path: '/items/{item}', handler: ok },
        { method: '*', path: '/any/{rest*}', handler: ok },
        { method: 'GET', path: '/files/{name}.{ext?}', handler: ok },
      ]);
      await server.register(
        {
          plugin: {
            name: 'shop',
            register: async (shop: Hapi.Server) => {
              shop.route({ method: 'GET', path: '/orders/{order}', handler: ok });
              await shop.register(
                {
                  plugin: {
                    name: 'inner',
                    register: (inner: Hapi.Server) =>
                      inner.route({ method: 'GET', path: '/{id}', handler: ok }),
                  },
                },
                { routes: { prefix: '/inner' } },
              );
            },
          },
        },
        { routes: { prefix: '/tenants/{tenant}' } },
      );
    });
    assert.deepEqual(
      await ask('/', '/items/7?q=1', '/any/a/b', '/files/a.txt', '/tenants/1/orders/2', '/tenants/1/inner/2'),
      [
        ['200', '/'],
        ['200', '/items/{item}'],
        ['200', '/any/{rest*}'],
        ['200', '/files/{name}.{ext?}'],
        ['200', '/tenants/{tenant}/orders/{order}'],
        ['200', '/tenants/{tenant}/inner/{id}'],
      ],
    );
  });

  test('names no route for a path or a method that none takes, a malformed path or a preflight', async (t) => {
    const { ask, port, influx } = await record(t, (server) =>
      server.route([
        { method: 'POST', path: '/only-post/{id}', handler: ok, options: { cors: true } },
        { method: 'GET', path: '/decoded/{id}', handler: ok },
        { method: 'GET', path: '/internal', handler: ok, options: { isInternal: true } },
      ]),
    );
    assert.deepEqual(await ask('/nothing', '/only-post/1', '/internal', '/decoded/%E0%A4%A'), [
      ['404', '(unmatched)'],
      ['404', '(unmatched)'],
      ['404', '(unmatched)'],
      ['400', '(unmatched)'],
    ]);
    await fetch(`http://127.0.0.1:${port}/only-post/1`, {
      method: 'OPTIONS',
      headers: { origin: 'http://a.example', 'access-control-request-method': 'POST' },
    });
    assert.deepEqual(facts((await influx.stored(5))[4]!), ['OPTIONS', '200', 'finished', '(unmatched)']);
  });

  test("names an application's own route for all that is left", async (t) => {
    const { ask } = await record(t, (server) =>
      server.route({ method: '*', path: '/{p*}', handler: (_request, h) => h.response('none').code(404) }),
    );
    assert.deepEqual(await ask('/nothing/here'), [['404', '/{p*}']]);
  });

  test('names the route after an error, with the status that the client got', async (t) => {
    const { ask } = await record(t, (server) => {
      server.auth.scheme('never', () => ({
        authenticate: (_request, h) => h.response('no').code(401).takeover(),
      }));
      server.auth.strategy('never', 'never');
      server.route([
        {
          method: 'GET',
          path: '/throws/{id}',
          handler: () => {
            throw new Error('expected');
          },
        },
        { method: 'GET', path: '/denied/{id}', handler: ok, options: { auth: 'never' } },
      ]);
    });
    assert.deepEqual(await ask('/throws/1', '/denied/1'), [
      ['500', '/throws/{id}'],
      ['401', '/denied/{id}'],
    ]);
  });

  test('records what another extension answers before the route is looked up', async (t) => {
    const { ask } = await record(t, (server) => {
      server.route({ method: 'GET', path: '/items/{id}', handler: ok });
      server.ext('onRequest', (_request, h) => h.response('closed').code(503).takeover());
    });
    assert.deepEqual(await ask('/items/1'), [['503', '(unmatched)']]);
  });

  test('records what is turned away under too much load', async (t) => {
    const load = { sampleInterval: 1, maxHeapUsedBytes: 1 };
    const route = { method: 'GET', path: '/', handler: ok } as const;
    const { ask, server } = await record(t, (server) => server.route(route), { load });
    await until(() => server.load.heapUsed > 0, 'Hapi has looked at the load');
    assert.deepEqual(await ask('/'), [['503', '(unmatched)']]);
  });

  test('records a request once, also when it is registered twice', async (t) => {
    const { server, options, ask, api } = await record(t, (server) =>
      server.route({ method: 'GET', path: '/', handler: ok }),
    );
    await server.register({ plugin: rawRequestsHapi, options });
    t.after(() => apiOf(server).close());
    await ask('/', '/');
    await api.flush();
    assert.equal(api.stats().recorded, 2);
    assert.equal(api.stats().acknowledged, 2);
  });

  test('fails to register with a setting that is wrong', async () => {
    const options = { url: 'http://127.0.0.1:1', database: 'requests', flushIntervalMs: -1 };
    await assert.rejects(async () => Hapi.server().register({ plugin: rawRequestsHapi, options }), {
      message: /flushIntervalMs/,
    });
  });

  test('passes requests through when it is switched off', async (t) => {
    const server = Hapi.server();
    await server.register({ plugin: rawRequestsHapi, options: { enabled: false } });
    server.route({ method: 'GET', path: '/', handler: ok });
    t.after(() => server.stop());
    assert.equal((await server.inject('/')).payload, 'ok');
  });
});
