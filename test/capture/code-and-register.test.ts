import assert from 'node:assert/strict';
import http, { type IncomingMessage } from 'node:http';
import { describe, test } from 'node:test';
import express from 'express';
import { type Options, rawRequests } from '../../src/index.ts';
import { fakeInflux } from '../support/fake-influx.ts';
import { exchange, register } from '../support/registered.ts';
import { listen } from '../support/server.ts';

const get = (path: string) => `GET ${path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`;

describe('options in code, with register', () => {
  /** Serves an application that is recorded without code and, below /in-code, with options. */
  async function serve(t: Parameters<typeof register>[0], options: Options) {
    const app = await register(t, { tags: { zone: 'a' } });
    const application = express();
    const record = rawRequests({
      url: app.influx.url,
      database: 'requests',
      tags: { zone: 'a' },
      ...options,
    });
    t.after(() => record.close());
    application.use('/in-code', record);
    application.use((_req, res) => void res.end());
    const port = await app.listen(http.createServer(application));
    return { app, ask: (path: string) => exchange(t, port, get(path)) };
  }

  test('count for what passes through: route, tags, service, requestTags and path', async (t) => {
    const { app, ask } = await serve(t, {
      route: () => '/named',
      tags: { zone: 'b', plan: 'free' },
      service: 'shop',
      requestTags: () => ({ tenant: 'acme' }),
      path: true,
    });
    await ask('/elsewhere');
    await ask('/in-code/1?a=b');
    const [elsewhere, inCode] = await app.points(2);
    const said = ({ tags, fields }: NonNullable<typeof inCode>) => [
      tags.route,
      tags.zone,
      tags.plan,
      tags.service,
      tags.tenant,
      fields.path,
    ];
    assert.deepEqual(said(elsewhere!), ['(unmatched)', 'a', undefined, undefined, undefined, undefined]);
    assert.deepEqual(said(inCode!), ['/named', 'b', 'free', 'shop', 'acme', '/in-code/1']);
  });

  for (const [what, options] of [
    ['ignore', { ignore: (req: IncomingMessage) => req.headers.host === 'x' } as Options],
    ['enabled: false', { enabled: false }],
  ] as const) {
    test(`${what} leaves out what passes through`, async (t) => {
      const { app, ask } = await serve(t, options);
      await ask('/in-code/1');
      await ask('/elsewhere');
      await ask('/in-code/2');
      await ask('/elsewhere');
      const points = await app.points(2);
      assert.deepEqual(
        points.map(({ fields }) => [fields.sequence, fields.in_flight, fields.slot]),
        [
          [1, 1, 1],
          [2, 1, 1],
        ],
      );
      assert.equal(app.middleware.stats().recorded, 2);
    });
  }
});

test('two uses in one process have options of their own', async (t) => {
  const influx = await fakeInflux(t);
  const use = (route: string, plan: string) => {
    const record = rawRequests({
      url: influx.url,
      database: 'requests',
      flushIntervalMs: 10,
      route: () => route,
      requestTags: () => ({ plan }),
    });
    t.after(() => record.close());
    return record;
  };
  const first = use('/first', 'free');
  const second = use('/second', 'paid');
  const { port } = await listen(t, (req, res) => {
    (req.url === '/1' ? first : second)(req, res);
    res.end();
  });
  for (const path of ['/1', '/2', '/1']) await exchange(t, port, get(path));
  const points = await influx.stored(3);
  assert.deepEqual(
    points.map(({ tags }) => `${tags.route} ${tags.plan}`),
    ['/first free', '/second paid', '/first free'],
  );
});
