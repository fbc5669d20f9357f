// A program that uses every entry of the package, by its default export and by its names. The test of the installed
// package compiles and runs it, as an ES module and as CommonJS.
import http from 'node:http';
import rawRequests, {
  ConfigError,
  type Logger,
  type LogLevel,
  rawRequests as named,
  type Options,
  type RawRequests,
  type Stats,
} from 'raw-requests';
import { type Dashboard, dashboards } from 'raw-requests/dashboards';
import forFastify, { type FastifyRawRequests, rawRequestsFastify } from 'raw-requests/fastify';
import forFetch, { type FetchHandler, type FetchOptions, rawRequestsFetch } from 'raw-requests/fetch';
import forHapi, { plugin, type RawRequestsHapi, rawRequestsHapi } from 'raw-requests/hapi';
import forHono, { type RawRequestsHono, rawRequestsHono } from 'raw-requests/hono';
import forKoa, { type RawRequestsKoa, rawRequestsKoa } from 'raw-requests/koa';
import forLambda, { type LambdaHandler, type LambdaOptions, rawRequestsLambda } from 'raw-requests/lambda';
import { type PrometheusMetrics, type PrometheusOptions, prometheusMetrics } from 'raw-requests/prometheus';
import 'raw-requests/register';
import { startViewer, type Viewer, type ViewerOptions } from 'raw-requests/viewer';

const logLevel: LogLevel = 'warn';
const logger: Logger = console;
const options: Options = { enabled: false, logger, logLevel, route: (req) => req.url };
const record: RawRequests = rawRequests(options);
http.createServer((req, res) => {
  record(req, res);
  res.end();
});
const stats: Stats = record.stats();

const koa: RawRequestsKoa = forKoa(options);
const hono: RawRequestsHono = forHono(options);
const fetchOptions: FetchOptions = {
  enabled: false,
  route: ({ url }) => url,
  requestTags: (_request, response) => ({ ok: response?.ok }),
};
const fetched: ((request: Request, env: { readonly name: string }) => Response) & { flush(): Promise<void> } =
  forFetch((_request: Request, env: { readonly name: string }) => new Response(env.name), fetchOptions);
const anyFetch: FetchHandler = fetched;
const lambdaOptions: LambdaOptions = { flushTimeoutMs: 500 };
const lambda: (event: { readonly path: string }) => Promise<number> = forLambda(
  async ({ path }: { readonly path: string }) => path.length,
  lambdaOptions,
);
const anyLambda: LambdaHandler = lambda;
const hapi: RawRequestsHapi = forHapi;
const fastify: (instance: never, options: Options) => Promise<void> = forFastify;
const ofFastify: FastifyRawRequests = record;
const dashboard: Dashboard | undefined = dashboards['raw-requests-overview'];
const view: (options: ViewerOptions) => Promise<Viewer> = startViewer;
const prometheus: (options: PrometheusOptions) => PrometheusMetrics = prometheusMetrics;

try {
  // @ts-expect-error: the name of an option is misspelled.
  rawRequests({ databse: 'requests' });
} catch (error) {
  const problems: readonly string[] = error instanceof ConfigError ? error.problems : [];
  console.log(problems.length);
}
console.log(
  named === rawRequests && rawRequestsFastify === fastify && rawRequestsKoa === forKoa,
  rawRequestsHono === forHono && rawRequestsHapi === hapi && plugin === hapi,
  rawRequestsLambda === forLambda && rawRequestsFetch === forFetch,
  [koa, hono, view, prometheus, anyLambda, anyFetch].every((value) => typeof value === 'function'),
  [stats.recorded, ofFastify.stats().recorded, dashboard?.uid].join(),
);
