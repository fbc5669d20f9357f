import type { IncomingMessage, ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import { rawRequests } from '../../../src/index.ts';
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
import { handlers, listening } from '../program/plain.ts';
import { raw } from '../program/raw.ts';

// biome-ignore lint/suspicious/noExplicitAny: Express carries no types
type Any = any;

const require = createRequire(import.meta.url);

const serveWith =
  (name: string): Serve =>
  async (options) => {
    const express = require(name);
    const app = express();
    const recorder = options && rawRequests(options);
    if (recorder) app.use(recorder);

    const tenant = express.Router({ mergeParams: true });
    tenant.get('/items/:item', (_req: Any, res: Any) => res.send(TEXT));
    tenant.get('/throws/:item', () => {
      throw failure();
    });
    tenant.get('/empty/:item', (_req: Any, res: Any) => res.status(204).end());
    tenant.get('/unchanged/:item', (_req: Any, res: Any) => res.status(304).end());
    tenant.get('/stream/:item', (_req: Any, res: Any) => stream().pipe(res));
    tenant.post('/echo/:item', async (req: Any, res: Any) => res.send(measure(await textOf(req))));
    tenant.get('/slow/:item', async (req: Any, res: Any) => {
      await left(req, res);
      res.send(TEXT);
    });
    tenant.all('/raw/:item', raw);
    app.use(MOUNT, tenant);
    app.use((_error: Error, _req: Any, res: Any, _next: Any) => res.status(500).send('failed'));
    return { ...(await listening(app)), recorder };
  };

export const express: Framework[] = [
  'express-4.17',
  'express-4',
  'express-5.0',
  'express-5.1',
  'express',
].map((name) => ({
  name,
  kind: name === 'express' ? 'framework' : 'older version',
  protocol: 'HTTP/1.1',
  without: { 'a request without a connection': 'Express has no injection' },
  serve: serveWith(name),
}));

/** The package `router`, which Express uses, without Express. */
export const router: Framework = {
  name: 'router',
  kind: 'framework',
  protocol: 'HTTP/1.1',
  without: { 'a request without a connection': 'the package has no server' },
  serve: async (options) => {
    const Router = require('router');
    const recorder = options && rawRequests(options);
    const [root, tenants, tenant] = [Router(), Router(), Router({ mergeParams: true })];
    if (recorder) root.use(recorder);
    for (const [kind, handler] of Object.entries(handlers)) tenant.all(`/${kind}/:item`, handler);
    tenants.use(MOUNT.slice('/tenants'.length), tenant);
    root.use('/tenants', tenants);
    root.use((_error: Error, _req: IncomingMessage, res: ServerResponse, _next: unknown) =>
      res.writeHead(500).end(),
    );
    return {
      ...(await listening((req, res) => root(req, res, () => res.writeHead(404).end()))),
      recorder,
    };
  },
};
