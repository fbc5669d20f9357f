import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { type TestContext, test } from 'node:test';
import express from 'express';
import Fastify from 'fastify';
import { rawRequestsFastify } from '../../src/adapters/fastify.ts';
import { rawRequests } from '../../src/index.ts';
import type { Options } from '../../src/options/options.ts';
import { fakeInflux } from '../support/fake-influx.ts';
import { eventOf } from '../support/lambda.ts';

// Adapters of serverless functions, and injectors of tests: request and response are made without a connection.

const require = createRequire(import.meta.url);
// biome-ignore lint/suspicious/noExplicitAny: each has a shape of its own
const load = (name: string): any => require(name);

type Call = (path: string) => Promise<unknown>;
type Handler = (event: object, context: object) => Promise<unknown>;

const called =
  (handler: Handler): Call =>
  (path) =>
    handler(eventOf(path), {});

const adapters: readonly [name: string, adapt: (app: express.Express) => Call][] = [
  ['serverless-http 3', (app) => called(load('serverless-http-3')(app))],
  ['serverless-http 4', (app) => called(load('serverless-http')(app))],
  [
    '@codegenie/serverless-express',
    (app) => called(load('@codegenie/serverless-express').configure({ app })),
  ],
  ['@vendia/serverless-express', (app) => called(load('@vendia/serverless-express')({ app }))],
  ['light-my-request', (app) => (path) => load('light-my-request')(app, { method: 'GET', url: path })],
];

const expected = ['/items/:id 200 finished 8', '/unfit/:id 503 finished 5', '/streamed/:id 200 finished'];

/** Calls the function for each route, and asserts what was recorded. */
async function assertRecorded(t: TestContext, start: (options: Options) => Promise<Call> | Call) {
  const influx = await fakeInflux(t);
  const call = await start({ url: influx.url, database: 'requests', flushIntervalMs: 10 });
  for (const path of ['/items/42', '/unfit/42', '/streamed/42']) await call(path);
  const points = await influx.stored(3);
  const said = points.map(({ tags, fields }, i) => {
    const bytes = i === 2 ? '' : ` ${fields.bytes_out}`; // how a stream is framed differs
    return `${tags.route} ${tags.status} ${tags.outcome}${bytes}`;
  });
  assert.deepEqual(said, expected);
  assert.ok(
    points.every(({ fields }) => Number(fields.bytes_out) > 0 && Number(fields.first_byte_time) >= 0),
  );
}

for (const [name, adapt] of adapters) {
  test(`requests that ${name} makes are finished, with status, route and bytes`, async (t) => {
    await assertRecorded(t, (options) => {
      const app = express();
      const record = rawRequests(options);
      t.after(() => record.close());
      app.use(record);
      app.get('/items/:id', (_req, res) => void res.send('an item.'));
      app.get('/unfit/:id', (_req, res) => void res.status(503).send('unfit'));
      app.get('/streamed/:id', (_req, res) => {
        res.write('first');
        setImmediate(() => res.end('last'));
      });
      return adapt(app);
    });
  });
}

for (const [name, adapt] of [
  ['@fastify/aws-lambda', (app: never) => called(load('@fastify/aws-lambda')(app))],
  ["Fastify's own injection", (app: { inject: Call }) => (path: string) => app.inject(path)],
] as const) {
  test(`requests that ${name} makes are finished, with status, route and bytes`, async (t) => {
    await assertRecorded(t, async (options) => {
      const app = Fastify();
      t.after(() => app.close());
      await app.register(rawRequestsFastify, options as object);
      app.get('/items/:id', async () => 'an item.');
      app.get('/unfit/:id', async (_request, reply) => reply.code(503).send('unfit'));
      app.get('/streamed/:id', async (_request, reply) => {
        setImmediate(() => reply.raw.end('last'));
        reply.hijack();
        reply.raw.write('first');
      });
      await app.ready();
      return adapt(app as never);
    });
  });
}
