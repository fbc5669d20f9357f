import { createRequire } from 'node:module';
import type { FastifyInstance, fastify as make } from 'fastify';
import { type FastifyRawRequests, rawRequestsFastify } from '../../../src/adapters/fastify.ts';
import {
  answerText,
  type Framework,
  failure,
  left,
  MOUNT,
  measure,
  type Serve,
  stream,
  TEXT,
} from '../program/application.ts';
import { SERVER_OPTIONS } from '../program/plain.ts';
import { raw } from '../program/raw.ts';

const require = createRequire(import.meta.url);

async function tenant(app: FastifyInstance): Promise<void> {
  app.get('/items/:item', async () => TEXT);
  app.get('/throws/:item', async () => {
    throw failure();
  });
  app.get('/empty/:item', async (_request, reply) => reply.code(204).send());
  app.get('/unchanged/:item', async (_request, reply) => reply.code(304).send());
  app.get('/stream/:item', async (_request, reply) => reply.send(stream()));
  app.post('/echo/:item', async (request) => measure(request.body as string));
  app.get('/slow/:item', async (request, reply) => {
    await left(request.raw, reply.raw);
    return TEXT;
  });
  app.addContentTypeParser('application/octet-stream', (_request, _payload, done) => done(null));
  app.route({
    method: ['GET', 'POST'],
    url: '/raw/:item',
    handler: async (request, reply) => {
      reply.hijack();
      raw(request.raw, reply.raw);
    },
  });
}

const serveWith =
  (name: string): Serve =>
  async (options) => {
    const { fastify } = require(name) as { fastify: typeof make };
    const app = fastify({ http: SERVER_OPTIONS });
    if (options) await app.register(rawRequestsFastify, options as object);
    await app.register(tenant, { prefix: MOUNT });
    await app.listen({ port: 0, host: '127.0.0.1' });
    return {
      server: app.server,
      recorder: (app as { rawRequests?: FastifyRawRequests }).rawRequests,
      inject: async (path) => {
        const { statusCode, headers, body } = await app.inject(path);
        return answerText(statusCode, Object.entries(headers), body);
      },
    };
  };

export const fastify: Framework[] = ['fastify-4', 'fastify'].map((name) => ({
  name,
  kind: name === 'fastify' ? 'framework' : 'older version',
  protocol: 'HTTP/1.1',
  injects: true,
  serve: serveWith(name),
}));
