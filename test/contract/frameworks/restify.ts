import { createRequire } from 'node:module';
import { rawRequests } from '../../../src/index.ts';
import {
  type Framework,
  failure,
  left,
  MOUNT,
  measure,
  stream,
  TEXT,
  textOf,
} from '../program/application.ts';
import { raw } from '../program/raw.ts';

// biome-ignore lint/suspicious/noExplicitAny: restify carries no types
type Any = any;

const require = createRequire(import.meta.url);

export const restify: Framework = {
  name: 'restify',
  kind: 'framework',
  protocol: 'HTTP/1.1',
  without: {
    'a body that does not come in time': 'restify makes the server, which looks for such requests every 30 s',
    'a request without a connection': 'restify has no injection',
  },
  unavailable:
    Number.parseInt(process.versions.node, 10) >= 24 &&
    'restify 11 uses an internal module that Node 24 has no more',
  serve: async (options) => {
    const app = require('restify').createServer();
    const recorder = options && rawRequests(options);
    if (recorder) app.pre(recorder);

    const answer = (status: number, body?: string) => (_req: Any, res: Any, next: () => void) => {
      res.send(status, body);
      next();
    };
    app.get(`${MOUNT}/items/:item`, answer(200, TEXT));
    app.head(`${MOUNT}/items/:item`, answer(200, TEXT));
    app.get(`${MOUNT}/throws/:item`, (_req: Any, _res: Any, next: (error: Error) => void) => next(failure()));
    app.get(`${MOUNT}/empty/:item`, answer(204));
    app.get(`${MOUNT}/unchanged/:item`, answer(304));
    app.get(`${MOUNT}/stream/:item`, (_req: Any, res: Any, next: () => void) => {
      stream().pipe(res).on('finish', next);
    });
    app.post(`${MOUNT}/echo/:item`, async (req: Any, res: Any) => res.send(measure(await textOf(req))));
    app.get(`${MOUNT}/slow/:item`, async (req: Any, res: Any) => {
      await left(req, res);
      res.send(TEXT);
    });
    for (const method of ['get', 'post']) {
      app[method](`${MOUNT}/raw/:item`, (req: Any, res: Any, _next: unknown) => raw(req, res));
    }
    await new Promise<void>((resolve) => app.listen(0, '127.0.0.1', resolve));
    return { server: app.server, recorder };
  },
};
