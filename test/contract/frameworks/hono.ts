import { rawRequestsHono } from '../../../src/adapters/hono.ts';
import {
  answerText,
  type Framework,
  failure,
  left,
  MOUNT,
  measure,
  stream,
  TEXT,
} from '../program/application.ts';
import { SERVER_OPTIONS } from '../program/plain.ts';
import { raw } from '../program/raw.ts';

export const hono: Framework = {
  name: 'hono',
  kind: 'framework',
  protocol: 'HTTP/1.1',
  serve: async (options) => {
    const { Hono } = await import('hono');
    const { createAdaptorServer } = await import('@hono/node-server');
    const { RESPONSE_ALREADY_SENT } = await import('@hono/node-server/utils/response');
    type Env = { Bindings: import('@hono/node-server').HttpBindings };

    const tenant = new Hono<Env>();
    tenant.get('/items/:item', (c) => c.text(TEXT));
    tenant.get('/throws/:item', () => {
      throw failure();
    });
    tenant.get('/empty/:item', (c) => c.body(null, 204));
    tenant.get('/unchanged/:item', (c) => c.body(null, 304));
    tenant.get('/stream/:item', (c) => c.body(webStream()));
    tenant.post('/echo/:item', async (c) => c.text(measure(await c.req.text())));
    tenant.get('/slow/:item', async (c) => {
      await left(c.env.incoming, c.env.outgoing as never);
      return c.text(TEXT);
    });
    tenant.on(['GET', 'POST'], '/raw/:item', (c) => {
      raw(c.env.incoming, c.env.outgoing as never);
      return RESPONSE_ALREADY_SENT;
    });

    const app = new Hono<Env>();
    const recorder = options && rawRequestsHono(options);
    app.use(recorder ?? noMiddleware);
    app.route(MOUNT, tenant);
    app.onError((_error, c) => c.text('failed', 500));
    const server = createAdaptorServer({ fetch: app.fetch, serverOptions: SERVER_OPTIONS });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return {
      server: server as never,
      recorder,
      inject: async (path) => {
        const response = await app.request(path);
        return answerText(response.status, response.headers, await response.text());
      },
    };
  },
};

/** Hono answers slightly later with any middleware than without. */
const noMiddleware = (_context: unknown, next: () => Promise<void>): Promise<void> => next();

function webStream(): ReadableStream {
  return new ReadableStream({
    async start(controller) {
      for await (const chunk of stream()) controller.enqueue(chunk);
      controller.close();
    },
  });
}
