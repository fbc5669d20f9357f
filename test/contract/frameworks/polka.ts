import type { IncomingMessage, ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import { rawRequests } from '../../../src/index.ts';
import { type Framework, failure, MOUNT } from '../program/application.ts';
import { handlers, listening } from '../program/plain.ts';

const require = createRequire(import.meta.url);

export const polka: Framework = {
  name: 'polka',
  kind: 'framework',
  protocol: 'HTTP/1.1',
  without: { 'a request without a connection': 'Polka has no injection' },
  serve: async (options) => {
    const app = require('polka')();
    const recorder = options && rawRequests(options);
    if (recorder) app.use(recorder);
    for (const kind of ['items', 'empty', 'unchanged', 'stream', 'slow', 'raw'] as const) {
      app.get(`${MOUNT}/${kind}/:item`, handlers[kind]);
    }
    app.head(`${MOUNT}/items/:item`, handlers.items);
    for (const kind of ['echo', 'raw'] as const) app.post(`${MOUNT}/${kind}/:item`, handlers[kind]);
    // Polka does not catch exceptions. Errors are passed to `next`, which the last handler does not have.
    app.get(
      `${MOUNT}/throws/:item`,
      (_req: IncomingMessage, _res: ServerResponse, next: (error: Error) => void) => next(failure()),
      handlers.items,
    );
    return { ...(await listening(app.handler)), recorder };
  },
};
