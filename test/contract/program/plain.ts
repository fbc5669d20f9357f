import http, { type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import {
  failure,
  type Kind,
  left,
  measure,
  pathOf,
  type Served,
  stream,
  TEXT,
  textOf,
} from './application.ts';
import { raw } from './raw.ts';

type Handler = (req: IncomingMessage, res: ServerResponse) => unknown;

/** The handlers of the application with Node's API only. */
export const handlers: Record<Kind, Handler> = {
  items: (_req, res) => res.end(TEXT),
  throws: () => {
    throw failure();
  },
  empty: (_req, res) => res.writeHead(204).end(),
  unchanged: (_req, res) => res.writeHead(304).end(),
  stream: (_req, res) => stream().pipe(res),
  echo: async (req, res) => res.end(measure(await textOf(req))),
  slow: async (req, res) => {
    await left(req, res);
    res.end(TEXT);
  },
  raw,
};

/** The handler of a request, if there is one. */
export function handlerOf(req: IncomingMessage): Handler | undefined {
  const [, mount, , kind = ''] = pathOf(req).split('/');
  return mount === 'tenants' ? (handlers as Record<string, Handler>)[kind] : undefined;
}

export async function listening(listener?: RequestListener): Promise<Served & { server: http.Server }> {
  const server = impatientServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server };
}

/** By default, Node checks for slow requests only every 30 s. */
export const SERVER_OPTIONS = { connectionsCheckingInterval: 20 };

export const impatientServer = (listener?: RequestListener): http.Server =>
  http.createServer(SERVER_OPTIONS, listener);
