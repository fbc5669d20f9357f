import 'reflect-metadata';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { rawRequestsFastify } from '../../../src/adapters/fastify.ts';
import { rawRequests } from '../../../src/index.ts';
import {
  type Framework,
  failure,
  left,
  MOUNT,
  measure,
  type Served,
  stream,
  TEXT,
  textOf,
} from '../program/application.ts';
import { raw } from '../program/raw.ts';

type Nest = typeof import('@nestjs/common');

/** The differences between platforms, for handlers that use the request and the response. */
interface Platform<Request, Response> {
  body(request: Request): string | Promise<string>;
  raw(request: Request, response: Response): [IncomingMessage, ServerResponse];
  hijack(response: Response): void;
}

/** The application as a Nest module, with decorators as function calls. */
function moduleOf<Request, Response>(nest: Nest, platform: Platform<Request, Response>): object {
  const { All, Controller, Get, HttpCode, Module, Post, Req, Res, StreamableFile } = nest;
  class Tenant {
    items() {
      return TEXT;
    }
    throws() {
      throw failure();
    }
    empty() {}
    unchanged() {}
    stream() {
      return new StreamableFile(stream());
    }
    async echo(request: Request) {
      return measure(await platform.body(request));
    }
    async slow(request: Request, response: Response) {
      await left(...platform.raw(request, response));
      return TEXT;
    }
    raw(request: Request, response: Response) {
      platform.hijack(response);
      raw(...platform.raw(request, response));
    }
  }
  const decorate = (name: keyof Tenant, ...decorators: MethodDecorator[]) => {
    const descriptor = Object.getOwnPropertyDescriptor(Tenant.prototype, name)!;
    for (const each of decorators) each(Tenant.prototype, name, descriptor);
  };
  for (const name of ['items', 'throws', 'stream', 'slow'] as const) decorate(name, Get(`${name}/:item`));
  decorate('empty', Get('empty/:item'), HttpCode(204));
  decorate('unchanged', Get('unchanged/:item'), HttpCode(304));
  decorate('echo', Post('echo/:item'), HttpCode(200));
  decorate('raw', All('raw/:item'));
  for (const name of ['echo', 'slow', 'raw'] as const) Req()(Tenant.prototype, name, 0);
  Res({ passthrough: true })(Tenant.prototype, 'slow', 1);
  Res()(Tenant.prototype, 'raw', 1);
  Controller(MOUNT)(Tenant);
  class App {}
  Module({ controllers: [Tenant] })(App);
  return App;
}

const OWN_SERVER = {
  'a body that does not come in time': 'Nest makes the server, which looks for such requests every 30 s',
  'a request without a connection': 'Nest has no injection of its own',
};

const QUIET = { logger: false } as const;

async function listeningApp(app: import('@nestjs/common').INestApplication): Promise<Served> {
  await app.listen(0, '127.0.0.1');
  return { server: app.getHttpServer() as Server };
}

export const nestOnExpress: Framework = {
  name: 'nest on express',
  kind: 'framework',
  protocol: 'HTTP/1.1',
  without: OWN_SERVER,
  serve: async (options) => {
    const { NestFactory } = await import('@nestjs/core');
    const { ExpressAdapter } = await import('@nestjs/platform-express');
    const module = moduleOf<IncomingMessage, ServerResponse>(await import('@nestjs/common'), {
      body: textOf,
      raw: (request, response) => [request, response],
      hijack: () => {},
    });
    const app = await NestFactory.create(module, new ExpressAdapter(), QUIET);
    const recorder = options && rawRequests(options);
    if (recorder) app.use(recorder);
    return { ...(await listeningApp(app)), recorder };
  },
};

interface FastifyReply {
  readonly raw: ServerResponse;
  hijack(): void;
}

export const nestOnFastify: Framework = {
  name: 'nest on fastify',
  kind: 'framework',
  protocol: 'HTTP/1.1',
  without: OWN_SERVER,
  serve: async (options) => {
    const { NestFactory } = await import('@nestjs/core');
    const { FastifyAdapter } = await import('@nestjs/platform-fastify');
    const module = moduleOf<{ raw: IncomingMessage; body: string }, FastifyReply>(
      await import('@nestjs/common'),
      {
        body: ({ body }) => body,
        raw: (request, reply) => [request.raw, reply.raw],
        hijack: (reply) => reply.hijack(),
      },
    );
    const adapter = new FastifyAdapter();
    if (options) await adapter.register(rawRequestsFastify as never, options as never);
    const instance = adapter.getInstance();
    instance.addContentTypeParser('application/octet-stream', (_request, _payload, done) => done(null));
    const app = await NestFactory.create(module, adapter, QUIET);
    return {
      ...(await listeningApp(app)),
      recorder: (instance as { rawRequests?: Served['recorder'] }).rawRequests,
    };
  },
};
