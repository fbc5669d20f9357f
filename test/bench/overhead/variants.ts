import { subscribe } from 'node:diagnostics_channel';
import { performance } from 'node:perf_hooks';
import { onFinishedAlone, writePoint } from './peers/baselines.ts';
import { type Peer, peers } from './peers/peers.ts';
import type { Middleware, Parts, ServerName } from './servers.ts';

/** What stands in front of the answer of a server. */
export interface Variant {
  /** Arguments of Node. */
  readonly args?: readonly string[];
  /** Prepares the process, before the server is loaded. `sink` is the address that everything is sent to. */
  readonly parts: (server: ServerName, sink: string) => Parts | Promise<Parts>;
}

const published = (path: string) => new URL(`../../../../dist/${path}`, import.meta.url).href;

const close = (): Parts => {
  const durations = new Float64Array(1);
  const middleware: Middleware = (_req, res, next) => {
    const start = performance.now();
    res.on('close', () => {
      durations[0]! += performance.now() - start;
    });
    next?.();
  };
  return { middleware };
};

const channels = (): Parts => {
  const durations = new Float64Array(1);
  const starts = new WeakMap<object, number>();
  subscribe('http.server.request.start', (message) => {
    starts.set((message as { request: object }).request, performance.now());
  });
  subscribe('http.server.response.finish', (message) => {
    durations[0]! += performance.now() - starts.get((message as { request: object }).request)!;
  });
  return {};
};

/** The adapter of this package for a server. */
async function adapter(server: ServerName, options: object): Promise<Parts> {
  switch (server) {
    case 'Fastify 5':
      return { plugin: (await import(published('adapters/fastify.js'))).default, options };
    case 'Koa 3':
      return { plugin: (await import(published('adapters/koa.js'))).default(options) };
    case 'Hono 4':
      return { plugin: (await import(published('adapters/hono.js'))).default(options) };
    default:
      return { middleware: (await import(published('index.js'))).rawRequests(options) };
  }
}

async function everything(server: ServerName, sink: string): Promise<Parts> {
  const { prometheusMetrics } = await import(published('prometheus.js'));
  const { Registry } = (await import('prom-client')).default;
  prometheusMetrics({ register: new Registry() });
  return adapter(server, {
    url: sink,
    database: 'bench',
    path: true,
    traceId: () => '4bf92f3577b34da6a3ce929d0e0e4736',
    requestTags: () => ({ plan: 'free' }),
  });
}

const own = {
  bare: { parts: () => ({}) },
  'close + two clock reads': { parts: close },
  'two channels': { parts: channels },
  'on-finished': { parts: onFinishedAlone },
  'influxdb-client writePoint': { parts: (_server, sink) => writePoint(sink) },
  'raw-requests': { parts: (server, sink) => adapter(server, { url: sink, database: 'bench' }) },
  'raw-requests, register': { args: ['--import', published('register.js')], parts: () => ({}) },
  'raw-requests, everything on': { parts: everything },
} satisfies Record<string, Variant>;

export type VariantName = keyof typeof own | Peer;

export const variants: Readonly<Record<VariantName, Variant>> = { ...own, ...peers };

/** Whether this package records the requests of a variant. */
export function records(variant: VariantName): boolean {
  return variant.startsWith('raw-requests');
}

const FLOOR = ['bare', 'close + two clock reads'] as const;
const OURS = ['raw-requests', 'raw-requests, register', 'raw-requests, everything on'] as const;
const AGENTS = [
  'OpenTelemetry metrics',
  'OpenTelemetry traces',
  'dd-trace',
  'elastic-apm-node',
  'Sentry',
] as const;
const MIDDLEWARE = ['express-prom-bundle', 'pino-http', 'morgan'] as const;

/** The variants of each server, of which the first is the one that the others are compared to. */
export const catalog: Readonly<Record<ServerName, readonly VariantName[]>> = {
  'node:http': [
    ...FLOOR,
    'two channels',
    'on-finished',
    ...OURS,
    ...MIDDLEWARE,
    'influxdb-client writePoint',
    ...AGENTS,
  ],
  'Express 5': [...FLOOR, ...OURS, ...MIDDLEWARE, ...AGENTS],
  'Express 4': ['bare', ...OURS],
  'Fastify 5': ['bare', ...OURS, 'fastify-metrics', 'OpenTelemetry metrics', 'OpenTelemetry traces'],
  'Koa 3': ['bare', ...OURS, 'OpenTelemetry metrics', 'OpenTelemetry traces'],
  'Hono 4': ['bare', ...OURS],
  'Nest 12': ['bare', ...OURS],
};

/** The short form. */
export const short: Partial<Record<ServerName, readonly VariantName[]>> = {
  'node:http': [...FLOOR, 'raw-requests', 'raw-requests, register', 'express-prom-bundle', 'pino-http'],
  'Express 5': ['bare', 'raw-requests', 'raw-requests, register', 'express-prom-bundle', 'pino-http'],
};
