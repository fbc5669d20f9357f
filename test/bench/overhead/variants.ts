import type { RequestListener } from 'node:http';
import { createRequire } from 'node:module';
import { performance } from 'node:perf_hooks';
import type { RawRequests } from '../../../src/index.ts';

type Middleware = (...args: Parameters<RawRequests>) => void;

/** Servers that answer alike, and what stands in front of the answer. */
export const variants = {
  bare: () => answer,
  'close + two clock reads': () => {
    const durations = new Float64Array(1);
    return (req, res) => {
      const start = performance.now();
      res.on('close', () => {
        durations[0]! += performance.now() - start;
      });
      answer(req, res);
    };
  },
  'raw-requests': (record) => (req, res) => {
    record(req, res);
    answer(req, res);
  },
  'express bare': () => express(),
  'express + raw-requests': (record) => express(record),
} satisfies Record<string, (record: RawRequests) => RequestListener>;

export type Variant = keyof typeof variants;

/** Whether a variant records its requests. */
export function records(variant: Variant): boolean {
  return variant.endsWith('raw-requests');
}

const answer: RequestListener = (_req, res) => {
  res.end('hello world');
};

function express(record?: RawRequests): RequestListener {
  // Without its types: they are no dependency.
  const app = createRequire(import.meta.url)('express')();
  if (record !== undefined) app.use(record satisfies Middleware);
  app.get('/items/:item', (_req: unknown, res: { send(body: string): void }) => res.send('hello world'));
  return app;
}
