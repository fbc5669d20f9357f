import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { rawRequestsKoa } from '../../../src/adapters/koa.ts';
import {
  type Framework,
  failure,
  left,
  MOUNT,
  measure,
  type Serve,
  stream,
  TEXT,
  textOf,
} from '../program/application.ts';
import { listening } from '../program/plain.ts';
import { raw } from '../program/raw.ts';

// biome-ignore lint/suspicious/noExplicitAny: Koa is not typed, and its router is typed by Koa
type Any = any;

const require = createRequire(import.meta.url);

/** `register` finds Koa by its package name, so an npm alias has to be resolved. */
function requireAs(name: string, alias: string): Any {
  const folder = mkdtempSync(join(tmpdir(), 'raw-requests-contract-'));
  process.once('exit', () => rmSync(folder, { recursive: true }));
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(dirname(require.resolve(`${alias}/package.json`)), join(folder, 'node_modules', name));
  return createRequire(join(folder, 'any.js'))(name);
}

const serveWith =
  (name: string): Serve =>
  async (options) => {
    const Koa: Any = requireAs('koa', name);
    const { Router }: Any = require('@koa/router');
    const app = new Koa();
    app.silent = true;
    const recorder = options && rawRequestsKoa(options);
    if (recorder) app.use(recorder);

    const tenant = new Router();
    const answer =
      (status: number, body?: unknown) =>
      (ctx: Any): void => {
        ctx.status = status;
        if (body !== undefined) ctx.body = body;
      };
    tenant.get('/items/:item', answer(200, TEXT));
    tenant.get('/throws/:item', () => {
      throw failure();
    });
    tenant.get('/empty/:item', answer(204));
    tenant.get('/unchanged/:item', answer(304));
    tenant.get('/stream/:item', (ctx: Any) => {
      ctx.body = stream();
    });
    tenant.post('/echo/:item', async (ctx: Any) => {
      ctx.body = measure(await textOf(ctx.req));
    });
    tenant.get('/slow/:item', async (ctx: Any) => {
      await left(ctx.req, ctx.res);
      ctx.body = TEXT;
    });
    tenant.all('/raw/:item', (ctx: Any) => {
      ctx.respond = false;
      ctx.status = 200; // the default of Koa is 404
      raw(ctx.req, ctx.res);
    });
    const router = new Router();
    router.use(MOUNT, tenant.routes());
    app.use(router.routes());
    return { ...(await listening(app.callback())), recorder };
  };

export const koa: Framework[] = ['koa-2', 'koa'].map((name) => ({
  name,
  kind: name === 'koa' ? 'framework' : 'older version',
  protocol: 'HTTP/1.1',
  without: { 'a request without a connection': 'Koa has no injection' },
  serve: serveWith(name),
}));
