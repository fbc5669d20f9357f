import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { describe, type TestContext, test } from 'node:test';
import express from 'express';
import Fastify from 'fastify';
import { rawRequestsFastify } from '../../src/adapters/fastify.ts';
import { rawRequestsLambda } from '../../src/adapters/lambda.ts';
import { ConfigError, rawRequests } from '../../src/index.ts';
import { type FakeInflux, fakeInflux } from '../support/fake-influx.ts';
import { contextOf, eventOf, invoke, metadataOf, streamifyResponse } from '../support/lambda.ts';
import { listen } from '../support/server.ts';

const require = createRequire(import.meta.url);
// biome-ignore lint/suspicious/noExplicitAny: each has a form of its own
const load = (name: string): any => require(name);
// biome-ignore lint/suspicious/noExplicitAny: each has a form of its own
type AnyHandler = (...args: any[]) => any;

/** On a machine with other work to do, the first write takes its time. */
const PATIENTLY = { flushTimeoutMs: 25_000 };

/** Nothing is sent but by `flush()`. */
const optionsFor = ({ url }: FakeInflux) => ({ url, database: 'requests', flushIntervalMs: 60_000 });

function application(t: TestContext, influx: FakeInflux): express.Express {
  const app = express();
  const record = rawRequests(optionsFor(influx));
  t.after(() => record.close());
  app.use(record);
  app.get('/items/:id', (_req, res) => void res.send('an item.'));
  return app;
}

const adapters: readonly [
  name: string,
  adapt: (t: TestContext, influx: FakeInflux) => Promise<AnyHandler>,
][] = [
  ['serverless-http 3', async (t, influx) => load('serverless-http-3')(application(t, influx))],
  ['serverless-http 4', async (t, influx) => load('serverless-http')(application(t, influx))],
  [
    '@codegenie/serverless-express',
    async (t, influx) => load('@codegenie/serverless-express').configure({ app: application(t, influx) }),
  ],
  [
    '@vendia/serverless-express',
    async (t, influx) => load('@vendia/serverless-express')({ app: application(t, influx) }),
  ],
  [
    '@vendia/serverless-express, with callbacks',
    async (t, influx) =>
      load('@vendia/serverless-express')({ app: application(t, influx), resolutionMode: 'CALLBACK' }),
  ],
  [
    '@fastify/aws-lambda',
    async (t, influx) => {
      const app = Fastify();
      t.after(() => app.close());
      await app.register(rawRequestsFastify, optionsFor(influx) as object);
      app.get('/items/:id', async () => 'an item.');
      return load('@fastify/aws-lambda')(app);
    },
  ],
];

for (const [name, adapt] of adapters) {
  test(`when a call of ${name} ends, its request is in the database`, async (t) => {
    const influx = await fakeInflux(t);
    const handler = rawRequestsLambda(await adapt(t, influx), PATIENTLY);
    for (const id of [1, 2]) {
      const result = (await invoke(handler, eventOf(`/items/${id}`))) as Record<string, unknown>;
      assert.deepEqual([result.statusCode, result.body], [200, 'an item.']);
      assert.equal(influx.points.length, id);
    }
    assert.deepEqual(
      influx.points.map(({ tags }) => `${tags.route} ${tags.status} ${tags.outcome}`),
      ['/items/:id 200 finished', '/items/:id 200 finished'],
    );
  });
}

describe('a handler', () => {
  /** A request that is recorded, and a handler that makes it. */
  async function scene(t: TestContext) {
    const influx = await fakeInflux(t);
    const record = rawRequests(optionsFor(influx));
    t.after(() => record.close());
    const { url } = await listen(t, (req, res) => {
      record(req, res);
      res.end('ok');
    });
    const work = async () => (await fetch(url, { headers: { connection: 'close' } })).text();
    return { influx, work };
  }

  const failure = new Error('on purpose');
  type Work = () => Promise<string>;
  type Callback = (error: unknown, result?: unknown) => void;

  const forms: readonly [name: string, make: (work: Work) => AnyHandler][] = [
    ['async', (work) => async (_event: object) => work()],
    [
      'async, that fails',
      (work) => async (_event: object, _context: object) => {
        await work();
        throw failure;
      },
    ],
    ['that returns a promise', (work) => () => work()],
    [
      'with a callback',
      (work) => (_event: object, _context: object, callback: Callback) => {
        void work().then((text) => callback(null, text));
      },
    ],
    [
      'with a callback, that fails',
      (work) => (_event: object, _context: object, callback: Callback) => {
        void work().then(() => callback(failure));
      },
    ],
    [
      'with a response stream',
      (work) =>
        streamifyResponse(
          async (_event: object, stream: NodeJS.WritableStream, _context: object) => {
            stream.write('first ');
            stream.end(await work());
            await once(stream, 'finish');
          },
          { highWaterMark: 64 },
        ),
    ],
    [
      'with a response stream, that fails',
      (work) =>
        streamifyResponse(async (_event: object, _stream: object, _context: object) => {
          await work();
          throw failure;
        }),
    ],
  ];
  for (const [name, make] of forms) {
    test(`${name}, has the same result, later, and looks the same to the runtime`, async (t) => {
      const { influx, work } = await scene(t);
      const handler = make(work);
      const settle = (call: AnyHandler) =>
        invoke(call, {}).then(
          (result) => ({ result }),
          (error) => ({ error }),
        );
      const expected = await settle(handler);
      assert.equal(influx.points.length, 0);
      const wrapped = rawRequestsLambda(handler, PATIENTLY);
      assert.deepEqual(metadataOf(wrapped), metadataOf(handler));
      assert.equal(wrapped.name, handler.name);
      const got = await settle(wrapped);
      assert.deepEqual(got, expected);
      assert.equal((got as { error?: unknown }).error, (expected as { error?: unknown }).error);
      assert.equal(influx.points.length, 2);
    });
  }

  test('may be marked as streaming after it is wrapped', async (t) => {
    const { influx, work } = await scene(t);
    const handler = async (_event: object, stream: NodeJS.WritableStream, _context: object) => {
      stream.end(await work());
    };
    assert.equal(await invoke(streamifyResponse(rawRequestsLambda(handler, PATIENTLY)), {}), 'ok');
    assert.equal(influx.points.length, 1);
  });

  test('throws what it throws before it returns', () => {
    const handler = rawRequestsLambda(() => {
      throw failure;
    });
    assert.throws(() => handler(), failure);
  });

  test('is delayed for flushTimeoutMs at most, for a tenth of it while the database does not answer', async (t) => {
    const { influx, work } = await scene(t);
    influx.answer = () => {};
    const handler = rawRequestsLambda(async (_event: object, _context: object) => work(), {
      flushTimeoutMs: 2000,
    });
    const took = async (context: object) => {
      const start = performance.now();
      assert.equal(await invoke(handler, {}, context), 'ok');
      return performance.now() - start;
    };
    const first = await took(contextOf());
    assert.ok(first >= 1990 && first < 6000, `${first} ms`);
    const second = await took(contextOf());
    assert.ok(second >= 190 && second < 1900, `${second} ms`);
  });

  test('ends before its time is over', async (t) => {
    const { influx, work } = await scene(t);
    influx.answer = () => {};
    const handler = rawRequestsLambda(async (_event: object, _context: object) => work(), {
      flushTimeoutMs: 60_000,
    });
    for (const leftMs of [400, 50, -20, Number.NaN]) {
      const start = performance.now();
      assert.equal(await invoke(handler, {}, contextOf(leftMs)), 'ok');
      const took = performance.now() - start;
      assert.ok(took < 5000, `${took} ms of ${leftMs}`);
    }
  });

  test('is refused at start when it is none, or when an option is wrong', () => {
    for (const [args, message] of [
      [[undefined], 'Expected `handler` to be a function, got undefined'],
      [
        [() => {}, { flushTimeoutMs: -1 }],
        'Expected `flushTimeoutMs` to be a whole number from 0 to 60000, got `-1`',
      ],
      [[() => {}, { flushTimeout: 1 }], /^Unknown option `flushTimeout`.*flushTimeoutMs/],
    ] as const) {
      assert.throws(
        () => rawRequestsLambda(...(args as unknown as [() => void])),
        (error: Error) => {
          assert.ok(error instanceof ConfigError);
          if (typeof message === 'string') assert.equal(error.message, message);
          else assert.match(error.message, message);
          return true;
        },
      );
    }
  });
});
