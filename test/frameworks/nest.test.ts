import 'reflect-metadata';
import assert from 'node:assert/strict';
import type http from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, type TestContext, test } from 'node:test';
import { Controller, ForbiddenException, Get, type INestApplication, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { rawRequestsFastify } from '../../src/adapters/fastify.ts';
import { watchFastify } from '../../src/capture/frameworks/fastify.ts';
import { rawRequests } from '../../src/index.ts';
import { type FakeInflux, fakeInflux } from '../support/fake-influx.ts';

// What decorators do, without their syntax.
class Items {
  item() {
    return { found: true };
  }
  refused() {
    throw new ForbiddenException();
  }
  broken() {
    throw new Error('wanted');
  }
}
class App {}
function decorate(name: 'item' | 'refused' | 'broken', path: string): void {
  Get(path)(Items.prototype, name, Object.getOwnPropertyDescriptor(Items.prototype, name)!);
}
decorate('item', 'items/:item');
decorate('refused', 'refused/:item');
decorate('broken', 'broken/:item');
Controller('tenants/:tenant')(Items);
Module({ controllers: [Items] })(App);

const settings = (influx: FakeInflux) => ({
  url: influx.url,
  database: 'requests',
  flushIntervalMs: 10,
  path: true,
});
const quiet = { logger: false } as const;

/** Sends requests of all kinds, and checks what is recorded of them. */
async function check(
  t: TestContext,
  influx: FakeInflux,
  app: INestApplication,
  unmatched = '(unmatched)',
): Promise<void> {
  t.after(() => app.close());
  app.setGlobalPrefix('api');
  await app.listen(0, '127.0.0.1');
  const { port } = (app.getHttpServer() as http.Server).address() as AddressInfo;
  const paths = [
    '/api/tenants/42/items/7',
    '/api/tenants/42/refused/7',
    '/api/tenants/42/broken/7',
    '/api/tenants/42/nowhere',
    '/tenants/42/items/7',
  ];
  for (const path of paths) {
    await (await fetch(`http://127.0.0.1:${port}${path}`, { headers: { connection: 'close' } })).text();
  }
  const points = await influx.stored(paths.length);
  assert.deepEqual(
    points.map(({ tags, fields }) => `${fields.path} ${tags.route} ${tags.status} ${tags.outcome}`),
    [
      '/api/tenants/42/items/7 /api/tenants/:tenant/items/:item 200 finished',
      '/api/tenants/42/refused/7 /api/tenants/:tenant/refused/:item 403 finished',
      '/api/tenants/42/broken/7 /api/tenants/:tenant/broken/:item 500 finished',
      `/api/tenants/42/nowhere ${unmatched} 404 finished`,
      '/tenants/42/items/7 (unmatched) 404 finished',
    ],
  );
}

describe('NestJS', () => {
  test('on Express, with the middleware', async (t) => {
    const influx = await fakeInflux(t);
    const recorder = rawRequests(settings(influx));
    t.after(() => recorder.close());
    const app = await NestFactory.create(App, new ExpressAdapter(), quiet);
    app.use(recorder);
    // What answers 404 below a global prefix is a route of its own, made by Nest.
    await check(t, influx, app, '/api*path');
  });

  test('on Fastify, with the plugin registered before Nest', async (t) => {
    const influx = await fakeInflux(t);
    const adapter = new FastifyAdapter();
    await adapter.register(rawRequestsFastify, settings(influx));
    await check(t, influx, await NestFactory.create(App, adapter, quiet));
  });

  test('on Fastify, with the plugin registered afterwards', async (t) => {
    const influx = await fakeInflux(t);
    const adapter = new FastifyAdapter();
    const app = await NestFactory.create(App, adapter, quiet);
    await adapter.register(rawRequestsFastify, settings(influx));
    await check(t, influx, app);
  });

  // Last, since from here on every Fastify instance names its routes.
  test('on Fastify, recorded by its server and watched from outside', async (t) => {
    watchFastify();
    const influx = await fakeInflux(t);
    const recorder = rawRequests(settings(influx));
    t.after(() => recorder.close());
    const app = await NestFactory.create(App, new FastifyAdapter(), quiet);
    (app.getHttpServer() as http.Server).prependListener('request', recorder);
    await check(t, influx, app);
  });
});
