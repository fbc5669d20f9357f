import type { ServerRoute, Server as Type } from '@hapi/hapi';
import { type RawRequestsHapiApi, rawRequestsHapi } from '../../../src/adapters/hapi.ts';
import { answerText, type Framework, failure, left, measure, stream, TEXT } from '../program/application.ts';
import { impatientServer } from '../program/plain.ts';
import { raw } from '../program/raw.ts';

const hijacked: ServerRoute['handler'] = ({ raw: { req, res } }, h) => {
  raw(req, res);
  return h.abandon;
};

const tenant: ServerRoute[] = [
  { method: 'GET', path: '/items/{item}', handler: () => TEXT },
  {
    method: 'GET',
    path: '/throws/{item}',
    handler: () => {
      throw failure();
    },
  },
  { method: 'GET', path: '/empty/{item}', handler: (_request, h) => h.response().code(204) },
  { method: 'GET', path: '/unchanged/{item}', handler: (_request, h) => h.response().code(304) },
  { method: 'GET', path: '/stream/{item}', handler: (_request, h) => h.response(stream()) },
  { method: 'POST', path: '/echo/{item}', handler: ({ payload }) => measure(payload as string) },
  {
    method: 'GET',
    path: '/slow/{item}',
    handler: async ({ raw: { req, res } }) => {
      await left(req, res);
      return TEXT;
    },
  },
  { method: 'GET', path: '/raw/{item}', handler: hijacked },
  {
    method: 'POST',
    path: '/raw/{item}',
    handler: hijacked,
    options: { payload: { parse: false, output: 'stream' } },
  },
];

export const hapi: Framework = {
  name: '@hapi/hapi',
  kind: 'framework',
  protocol: 'HTTP/1.1',
  injects: true,
  without: {
    'an upload whose client leaves is aborted':
      'Hapi leaves such a connection open where the handler has taken the response over',
    'a body that does not come in time':
      'Hapi replies to it by itself, but not where the handler has taken the response over',
  },
  syntax: (route) => route.replace(/:(\w+)/g, '{$1}'),
  serve: async (options) => {
    const { server: make } = await import('@hapi/hapi');
    const server = make({ port: 0, host: '127.0.0.1', debug: false, listener: impatientServer() });
    if (options) await server.register({ plugin: rawRequestsHapi, options });
    const plugin = { name: 'tenant', register: (app: Type) => app.route(tenant) };
    await server.register({ plugin }, { routes: { prefix: '/tenants/{tenant}' } });
    await server.start();
    return {
      server: server.listener,
      recorder: (server.plugins as { 'raw-requests'?: RawRequestsHapiApi })['raw-requests'],
      inject: async (path) => {
        const { statusCode, headers, payload } = await server.inject(path);
        return answerText(statusCode, Object.entries(headers), payload);
      },
    };
  },
};
