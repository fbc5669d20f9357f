import type { IncomingMessage, ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import { rawRequests } from '../../../src/index.ts';
import type { Framework } from '../program/application.ts';
import { handlerOf, listening } from '../program/plain.ts';

const require = createRequire(import.meta.url);

export const connect: Framework = {
  name: 'connect',
  kind: 'framework',
  protocol: 'HTTP/1.1',
  without: { 'a request without a connection': 'Connect has no injection' },
  serve: async (options) => {
    const app = require('connect')();
    const recorder = options && rawRequests(options);
    if (recorder) app.use(recorder);
    app.use('/tenants', (req: IncomingMessage, res: ServerResponse, next: () => void) => {
      const handler = handlerOf(req);
      if (handler) handler(req, res);
      else next();
    });
    app.use((_error: Error, _req: IncomingMessage, res: ServerResponse, _next: unknown) =>
      res.writeHead(500).end(),
    );
    return { ...(await listening(app)), recorder };
  },
};
