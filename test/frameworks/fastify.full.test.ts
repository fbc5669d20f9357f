import assert from 'node:assert/strict';
import { channel } from 'node:diagnostics_channel';
import type http from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { describe, type TestContext, test } from 'node:test';
import { type FastifyInstance, fastify as fastify5 } from 'fastify';
import { type FastifyRawRequests, rawRequestsFastify } from '../../src/adapters/fastify.ts';
import { nameFastifyRoutes, watchFastify } from '../../src/capture/frameworks/fastify.ts';
import { type Options, rawRequests } from '../../src/index.ts';
import { type FakeInflux, fakeInflux } from '../support/fake-influx.ts';
import type { Point } from '../support/line-protocol.ts';
import { connect } from '../support/server.ts';
import { until } from '../support/within.ts';

const require = createRequire(import.meta.url);
const versions: [name: string, fastify: typeof fastify5][] = [
  ['Fastify 5', fastify5],
  ['Fastify 4', require('fastify-4') as typeof fastify5],
];

type App = FastifyInstance;

interface Served {
  readonly url: string;
  readonly port: number;
  readonly influx: FakeInflux;
  /** Sends requests, one after the other, and tells what was recorded of each. */
  recorded(...requests: string[]): Promise<string[]>;
}

async function listen(t: TestContext, app: App): Promise<{ url: string; port: number }> {
  t.after(() => app.close());
  await app.listen({ port: 0, host: '127.0.0.1' });
  const { port } = app.server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, port };
}

const settings = (influx: FakeInflux) => ({
  url: influx.url,
  database: 'requests',
  flushIntervalMs: 10,
  path: true,
});

/** Serves an application with the plugin registered first. */
async function serve(
  t: TestContext,
  app: App,
  set: (app: App) => void,
  options: Omit<Options, 'logLevel'> = {},
): Promise<Served> {
  const influx = await fakeInflux(t);
  app.register(rawRequestsFastify, { ...settings(influx), ...options });
  set(app);
  return observed(influx, await listen(t, app));
}

function observed(influx: FakeInflux, { url, port }: { url: string; port: number }): Served {
  const recorded = async (...requests: string[]) => {
    const before = influx.points.length;
    for (const request of requests) {
      const [method, path] = request.split(' ');
      await (await fetch(url + path, { method: method! })).text();
    }
    const points = await influx.stored(before + requests.length);
    return points.slice(before).map(told);
  };
  return { url, port, influx, recorded };
}

const told = ({ tags, fields }: Point): string =>
  `${tags.method} ${fields.path} ${tags.route} ${tags.status} ${tags.outcome}`;

const ok = async () => 'ok';

for (const [name, fastify] of versions) {
  describe(`${name}: the route of a request`, () => {
    test('is its template, with parameters, patterns and wildcards as they were written', async (t) => {
      const { recorded } = await serve(t, fastify(), (app) => {
        app.get('/', ok);
        app.get('/tenants/:tenant/items/:item', ok);
        app.get('/at/:hour(^\\d{2})h:minute(^\\d{2})m', ok);
        app.get('/near/:lat-:lng', ok);
        app.get('/maybe/:this?', ok);
        app.get('/files/*', ok);
        app.route({ method: ['PUT', 'POST'], url: '/both', handler: ok });
      });
      const got = await recorded(
        'GET /',
        'GET /tenants/42/items/7?q=1',
        'GET /at/08h30m',
        'GET /near/15-20',
        'GET /maybe',
        'GET /files/a/b.txt',
        'PUT /both',
      );
      assert.deepEqual(got, [
        'GET / / 200 finished',
        'GET /tenants/42/items/7 /tenants/:tenant/items/:item 200 finished',
        'GET /at/08h30m /at/:hour(^\\d{2})h:minute(^\\d{2})m 200 finished',
        'GET /near/15-20 /near/:lat-:lng 200 finished',
        'GET /maybe /maybe/:this? 200 finished',
        'GET /files/a/b.txt /files/* 200 finished',
        'PUT /both /both 200 finished',
      ]);
    });

    test('has the prefixes of the plugins around it', async (t) => {
      const { recorded } = await serve(t, fastify(), (app) => {
        app.register(
          async (api) => {
            api.register(async (tenant) => void tenant.get('/items/:item', ok), { prefix: '/:tenant' });
            api.get('/', ok);
          },
          { prefix: '/api' },
        );
      });
      assert.deepEqual(await recorded('GET /api/acme/items/7', 'GET /api', 'GET /api/'), [
        'GET /api/acme/items/7 /api/:tenant/items/:item 200 finished',
        'GET /api /api 200 finished',
        `GET /api/ ${name === 'Fastify 5' ? '/api' : '/api/'} 200 finished`,
      ]);
    });

    test('is that of GET for HEAD', async (t) => {
      const { recorded } = await serve(t, fastify(), (app) => {
        app.get('/items/:item', ok);
        app.head('/only/:head', ok);
      });
      assert.deepEqual(await recorded('HEAD /items/7', 'HEAD /only/7'), [
        'HEAD /items/7 /items/:item 200 finished',
        'HEAD /only/7 /only/:head 200 finished',
      ]);
    });

    test('is (unmatched) when there is none, whoever answers', async (t) => {
      const { recorded } = await serve(t, fastify(), (app) => {
        app.get('/items/:item', ok);
        app.register(
          async (own) => void own.setNotFoundHandler((_request, reply) => void reply.code(410).send('gone')),
          { prefix: '/own' },
        );
      });
      assert.deepEqual(await recorded('GET /nowhere', 'POST /items/7', 'GET /own/nowhere'), [
        'GET /nowhere (unmatched) 404 finished',
        'POST /items/7 (unmatched) 404 finished',
        'GET /own/nowhere (unmatched) 410 finished',
      ]);
      const custom = await serve(t, fastify(), (app) => {
        app.setNotFoundHandler(async () => 'found it after all');
      });
      assert.deepEqual(await custom.recorded('GET /nowhere'), ['GET /nowhere (unmatched) 200 finished']);
    });

    test('is (unmatched) when Fastify refuses the path before any hook', async (t) => {
      const limit = { maxParamLength: 5 };
      const { recorded } = await serve(
        t,
        fastify(name === 'Fastify 5' ? { routerOptions: limit } : limit),
        (app) => {
          app.get('/items/:item', ok);
        },
      );
      assert.deepEqual(await recorded('GET /items/%ZZ', 'GET /items/longer'), [
        'GET /items/%ZZ (unmatched) 400 finished',
        `GET /items/longer (unmatched) ${name === 'Fastify 5' ? 414 : 404} finished`,
      ]);
    });

    test('stays when the handler says that nothing was found', async (t) => {
      const { recorded } = await serve(t, fastify(), (app) => {
        app.get('/items/:item', (_request, reply) => reply.callNotFound());
      });
      assert.deepEqual(await recorded('GET /items/7'), ['GET /items/7 /items/:item 404 finished']);
    });

    test('is there after errors in handlers, hooks, validation and serialization', async (t) => {
      const fail = async () => {
        throw new Error('wanted');
      };
      const { recorded } = await serve(t, fastify(), (app) => {
        app.get('/handler/:id', fail);
        for (const hook of ['onRequest', 'preParsing', 'preHandler', 'preSerialization', 'onSend'] as const) {
          app.get(`/${hook}/:id`, { [hook]: fail }, async () => ({}));
        }
        const digits = { type: 'object', properties: { id: { type: 'integer' } } };
        app.get('/valid/:id', { schema: { params: digits } }, ok);
        app.register(
          async (own) => {
            own.setErrorHandler((_error, _request, reply) => void reply.code(418).send('teapot'));
            own.get('/:id', fail);
          },
          { prefix: '/own' },
        );
      });
      const expected = [
        'GET /handler/7 /handler/:id 500 finished',
        'GET /onRequest/7 /onRequest/:id 500 finished',
        'GET /preParsing/7 /preParsing/:id 500 finished',
        'GET /preHandler/7 /preHandler/:id 500 finished',
        'GET /preSerialization/7 /preSerialization/:id 500 finished',
        'GET /onSend/7 /onSend/:id 500 finished',
        'GET /valid/x /valid/:id 400 finished',
        'GET /own/7 /own/:id 418 finished',
      ];
      const requests = expected.map((line) => line.split(' ').slice(0, 2).join(' '));
      assert.deepEqual(await recorded(...requests), expected);
    });

    test('is known when an onRequest hook answers early', async (t) => {
      const { recorded } = await serve(t, fastify(), (app) => {
        app.addHook('onRequest', async (_request, reply) => reply.code(401).send('who are you?'));
        app.get('/items/:item', ok);
      });
      assert.deepEqual(await recorded('GET /items/7', 'GET /nowhere'), [
        'GET /items/7 /items/:item 401 finished',
        'GET /nowhere (unmatched) 401 finished',
      ]);
    });
  });

  describe(`${name}: the end of a request`, () => {
    test('of an injected request is recorded once, without a server', async (t) => {
      const influx = await fakeInflux(t);
      const app = fastify();
      t.after(() => app.close());
      app.register(rawRequestsFastify, settings(influx));
      app.post('/items/:item', async (_request, reply) => reply.code(201).send('made'));
      app.get('/fails', async () => {
        throw new Error('wanted');
      });
      const made = await app.inject({ method: 'POST', url: '/items/7', payload: { a: 1 } });
      assert.equal(made.body, 'made');
      await app.inject('/fails');
      await app.inject('/nowhere');
      await app.close();
      assert.deepEqual(influx.points.map(told), [
        'POST /items/7 /items/:item 201 finished',
        'GET /fails /fails 500 finished',
        'GET /nowhere (unmatched) 404 finished',
      ]);
    });
  });

  describe(`${name}: the plugin`, () => {
    test('decorates the instance with flush, close and stats', async (t) => {
      const app = fastify();
      const { url } = await serve(
        t,
        app,
        () => {
          app.get('/', ok);
          app.register(async (nested) => assert.equal('rawRequests' in nested, true));
        },
        { flushIntervalMs: 60_000 },
      );
      await (await fetch(url)).text();
      const { flush, close, stats } = (app as unknown as { rawRequests: FastifyRawRequests }).rawRequests;
      await flush();
      const { recorded, acknowledged } = stats();
      assert.deepEqual({ recorded, acknowledged }, { recorded: 1, acknowledged: 1 });
      await close();
    });

    test('fails to register with wrong settings', async () => {
      const app = fastify();
      app.register(rawRequestsFastify, { flushIntervalMs: -1 });
      await assert.rejects(async () => app.ready(), { name: 'ConfigError', message: /`flushIntervalMs`/ });
    });

    test('listens to nothing when it is off', async (t) => {
      const app = fastify();
      const { url, influx } = await serve(t, app, () => void app.get('/', ok), { enabled: false });
      assert.equal(app.server.listenerCount('request'), 1);
      await (await fetch(url)).text();
      const { stats } = (app as unknown as { rawRequests: FastifyRawRequests }).rawRequests;
      assert.equal(stats().recorded, 0);
      assert.equal(influx.writes.length, 0);
    });

    test('may be registered several times', async (t) => {
      const app = fastify();
      const { recorded, influx } = await serve(t, app, () => {
        app.register(rawRequestsFastify, {
          url: 'http://127.0.0.1:9',
          database: 'another',
          logLevel: 'error',
        });
        app.get('/items/:item', ok);
      });
      assert.deepEqual(await recorded('GET /items/7'), ['GET /items/7 /items/:item 200 finished']);
      assert.equal(influx.points.length, 1);
    });

    test('records the routes of the plugin that it is registered in, and no others', async (t) => {
      const influx = await fakeInflux(t);
      const app = fastify();
      app.get('/outside', ok);
      app.register(
        async (api) => {
          await api.register(rawRequestsFastify, settings(influx));
          api.get('/items/:item', ok);
        },
        { prefix: '/api' },
      );
      const { url } = await listen(t, app);
      await (await fetch(`${url}/outside`)).text();
      await (await fetch(`${url}/api/items/7`)).text();
      await app.close();
      assert.deepEqual(influx.points.map(told), ['GET /api/items/7 /api/items/:item 200 finished']);
    });

    test('records several instances of one process', async (t) => {
      const influx = await fakeInflux(t);
      const urls: string[] = [];
      for (const id of ['one', 'two']) {
        const app = fastify();
        app.register(rawRequestsFastify, settings(influx));
        app.get(`/${id}/:id`, ok);
        urls.push(`${(await listen(t, app)).url}/${id}/7`);
      }
      for (const url of urls) await (await fetch(url)).text();
      assert.deepEqual((await influx.stored(2)).map(told), [
        'GET /one/7 /one/:id 200 finished',
        'GET /two/7 /two/:id 200 finished',
      ]);
    });

    test('delivers everything when the instance closes, also what Fastify refuses meanwhile', async (t) => {
      let entered: () => void;
      const inside = new Promise<void>((resolve) => {
        entered = resolve;
      });
      let leave: () => void;
      const left = new Promise<void>((resolve) => {
        leave = resolve;
      });
      const app = fastify();
      let closing: Promise<unknown> | undefined;
      const { port, influx } = await serve(
        t,
        app,
        () => {
          app.get('/slow', async () => {
            entered();
            await left;
            return 'done';
          });
          app.get('/close', async () => {
            closing = Promise.resolve(app.close());
            return 'closing';
          });
        },
        { flushIntervalMs: 60_000 },
      );
      const slow = await connect(t, port);
      const other = await connect(t, port);
      slow.socket.write('GET /slow HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n');
      await inside;
      // A connection on which a request has begun is not idle, so it stays open.
      other.socket.write('GET /close HTTP/1.1\r\nhost: x\r\n\r\nGET /slow?2 HTTP/1.1\r\n');
      await other.received(/closing/);
      await until(() => !app.server.listening, 'the server takes no more connections');
      other.socket.write('host: x\r\n\r\n');
      await other.received(/503 Service Unavailable/);
      leave!();
      await slow.received(/done/);
      await closing;
      assert.deepEqual(influx.points.map(told).toSorted(), [
        'GET /close /close 200 finished',
        'GET /slow (unmatched) 503 finished',
        'GET /slow /slow 200 finished',
      ]);
      assert.equal(app.server.listenerCount('request'), 1);
    });
  });
}

/** All that an instance shows of its hooks, plugins and routes. */
async function shown(fastify: typeof fastify5): Promise<string[]> {
  const app = fastify();
  app.addHook('onRequest', async () => {});
  app.register(async function items(api) {
    api.get('/items/:item?', ok);
    api.setNotFoundHandler(async () => 'nothing here');
  });
  app.get('/', { onRequest: [async function own() {}] }, ok);
  await app.ready();
  const { name, length } = app.findRoute({ method: 'GET', url: '/' })?.handler ?? {};
  return [
    app.printPlugins().replace(/ [\d.]+ ms/g, ''),
    app.printRoutes({ includeHooks: true, includeMeta: true }),
    `${name} ${length}`,
  ];
}

const shownBare = new Map(versions.map(([name, fastify]) => [name, shown(fastify)]));

// Last, since from here on every instance names its routes.
for (const [name, fastify] of versions) {
  describe(`${name}: without the plugin`, () => {
    /** Records what the server of an instance gets, knowing nothing of Fastify. */
    async function record(t: TestContext, app: App): Promise<Served> {
      const influx = await fakeInflux(t);
      const recorder = rawRequests(settings(influx));
      t.after(() => recorder.close());
      (app.server as http.Server).prependListener('request', recorder);
      return observed(influx, await listen(t, app));
    }

    if (name === 'Fastify 5') {
      test('an instance can be told to name its routes', async (t) => {
        const app = fastify();
        nameFastifyRoutes(app);
        nameFastifyRoutes(app);
        app.get('/items/:item', ok);
        const { recorded } = await record(t, app);
        assert.deepEqual(await recorded('GET /items/7'), ['GET /items/7 /items/:item 200 finished']);
      });
    }

    test('an instance made after watchFastify() shows nothing of it', async () => {
      const bare = await shownBare.get(name);
      watchFastify();
      assert.deepEqual(await shown(fastify), bare);
    });

    test('every instance made after watchFastify() names its routes', async (t) => {
      watchFastify();
      watchFastify();
      for (const id of ['one', 'two']) {
        const app = fastify();
        app.addHook('onRequest', async (request, reply) => {
          if (request.headers['x-early']) reply.code(401).send();
        });
        app.get(`/${id}/:id`, async () => {
          throw new Error('wanted');
        });
        const { recorded, url, influx } = await record(t, app);
        assert.deepEqual(await recorded(`GET /${id}/7`, 'GET /nowhere'), [
          `GET /${id}/7 /${id}/:id 500 finished`,
          'GET /nowhere (unmatched) 404 finished',
        ]);
        await (await fetch(`${url}/${id}/8`, { headers: { 'x-early': '1' } })).text();
        const early = (await influx.stored(3)).map(told)[2];
        assert.equal(early, `GET /${id}/8 /${id}/:id 401 finished`);
      }
    });

    test('watchFastify() and the plugin together record each request once', async (t) => {
      watchFastify();
      const app = fastify() as App & { rawRequests?: FastifyRawRequests };
      const { recorded } = await serve(t, app, (app) => void app.get('/items/:item', ok));
      assert.deepEqual(await recorded('GET /items/7'), ['GET /items/7 /items/:item 200 finished']);
      assert.equal(app.rawRequests!.stats().recorded, 1);
    });

    test('an instance that can not be watched is left alone', async () => {
      watchFastify();
      const errors: unknown[] = [];
      const listener = (error: unknown) => void errors.push(error);
      process.once('uncaughtException', listener);
      for (const message of [{}, { fastify: Object.freeze(fastify()) }]) {
        channel('fastify.initialization').publish(message);
      }
      await new Promise(setImmediate);
      process.off('uncaughtException', listener);
      assert.deepEqual(errors, []);
    });
  });
}
