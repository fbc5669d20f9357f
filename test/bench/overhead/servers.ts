import { once } from 'node:events';
import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import { createRequire } from 'node:module';

export type Middleware = (req: IncomingMessage, res: ServerResponse, next?: () => void) => void;

/** What a variant puts in front of the handler. */
export interface Parts {
  readonly middleware?: Middleware;
  /** A plug-in of Fastify, or the middleware of Koa or Hono. */
  readonly plugin?: unknown;
  /** Of a plug-in of Fastify. */
  readonly options?: object;
}

type Serve = (parts: Parts) => Promise<Server>;

// Agents have to be loaded before `node:http`, and frameworks are used without their types.
const require = createRequire(import.meta.url);

const PATH = '/items/:item';
const TEXT = 'hello world';
/** Some middlewares call it in any case. */
const next = () => {};

async function listening(listener: RequestListener): Promise<Server> {
  const server: Server = (require('node:http') as typeof import('node:http')).createServer(listener);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return server;
}

const express =
  (packageName: string): Serve =>
  ({ middleware }) => {
    const app = require(packageName)();
    if (middleware) app.use(middleware);
    app.get(PATH, (_req: unknown, res: { send(body: string): void }) => res.send(TEXT));
    return listening(app);
  };

/** Servers that answer alike. */
export const servers = {
  'node:http': ({ middleware }) =>
    listening((req, res) => {
      middleware?.(req, res, next);
      res.end(TEXT);
    }),

  'Express 5': express('express'),
  'Express 4': express('express-4'),

  'Fastify 5': async ({ plugin, options }) => {
    const app = require('fastify')();
    if (plugin) await app.register(plugin, options);
    app.get(PATH, (_request: unknown, reply: { send(body: string): void }) => reply.send(TEXT));
    await app.listen({ port: 0, host: '127.0.0.1' });
    return app.server;
  },

  'Koa 3': ({ plugin }) => {
    const app = new (require('koa'))();
    const router = new (require('@koa/router').Router)();
    if (plugin) app.use(plugin);
    router.get(PATH, (context: { body: string }) => {
      context.body = TEXT;
    });
    app.use(router.routes());
    return listening(app.callback());
  },

  'Hono 4': async ({ plugin }) => {
    const { Hono } = await import('hono');
    const { getRequestListener } = await import('@hono/node-server');
    const app = new Hono();
    if (plugin) app.use(plugin as never);
    app.get(PATH, (context) => context.text(TEXT));
    return listening(getRequestListener(app.fetch) as RequestListener);
  },

  'Nest 12': async ({ middleware }) => {
    await import('reflect-metadata');
    const { Controller, Get, Module } = await import('@nestjs/common');
    const { NestFactory } = await import('@nestjs/core');
    class Items {
      item(): string {
        return TEXT;
      }
    }
    class App {}
    Get(PATH)(Items.prototype, 'item', Object.getOwnPropertyDescriptor(Items.prototype, 'item')!);
    Controller()(Items);
    Module({ controllers: [Items] })(App);
    const app = await NestFactory.create(App, { logger: false });
    if (middleware) app.use(middleware);
    await app.listen(0, '127.0.0.1');
    return app.getHttpServer();
  },
} satisfies Record<string, Serve>;

export type ServerName = keyof typeof servers;
