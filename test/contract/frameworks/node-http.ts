import type { RequestListener } from 'node:http';
import http2 from 'node:http2';
import { type RawRequests, rawRequests } from '../../../src/index.ts';
import type { Framework } from '../program/application.ts';
import { handlerOf, listening } from '../program/plain.ts';

const listener =
  (record: RawRequests | undefined): RequestListener =>
  (req, res) => {
    record?.(req, res);
    const handler = handlerOf(req) ?? (() => res.writeHead(404).end());
    try {
      handler(req, res);
    } catch {
      res.writeHead(500).end();
    }
  };

const NO_INJECTION = { 'a request without a connection': 'Node has no injection' };

export const nodeHttp: Framework = {
  name: 'node:http',
  kind: 'plain Node',
  protocol: 'HTTP/1.1',
  without: NO_INJECTION,
  serve: async (options) => {
    const recorder = options && rawRequests(options);
    return { ...(await listening(listener(recorder))), recorder };
  },
};

/** HTTP/2 with the compatibility API. */
export const nodeHttp2: Framework = {
  name: 'node:http2',
  kind: 'plain Node',
  protocol: 'HTTP/2',
  without: NO_INJECTION,
  serve: async (options) => {
    const recorder = options && rawRequests(options);
    const server = http2.createServer(listener(recorder) as never);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return { server, recorder };
  },
};
