import { createWriteStream } from 'node:fs';
import { createRequire } from 'node:module';
import type { Parts, ServerName } from '../servers.ts';

// Packages that record requests as well, as their own documentation starts them. They are in a package of their own,
// `test/bench/peers`, and are used without their types.

const require = createRequire(new URL('../../../../../test/bench/peers/package.json', import.meta.url));
const SERVICE = 'bench';

/** Whether the packages are installed. */
export function areInstalled(): boolean {
  try {
    return require.resolve('express-prom-bundle') !== '';
  } catch {
    return false;
  }
}

type Start = (server: ServerName, sink: string) => Parts;

const instrument = (): { setMeterProvider(provider: unknown): void; setTracerProvider(p: unknown): void } => {
  const { registerInstrumentations } = require('@opentelemetry/instrumentation');
  const { HttpInstrumentation } = require('@opentelemetry/instrumentation-http');
  const instrumentation = new HttpInstrumentation();
  registerInstrumentations({ instrumentations: [instrumentation] });
  return instrumentation;
};

const starts = {
  'express-prom-bundle': () => ({
    middleware: require('express-prom-bundle')({ includeMethod: true, includePath: true }),
  }),
  'fastify-metrics': () => ({
    plugin: require('fastify-metrics').default,
    options: { endpoint: '/metrics' },
  }),
  'pino-http': () => ({ middleware: require('pino-http')({}, require('pino').destination('/dev/null')) }),
  morgan: () => {
    const log = require('morgan')('combined', { stream: createWriteStream('/dev/null') });
    // It calls `next` in any case.
    return { middleware: (req, res, next = () => {}) => log(req, res, next) };
  },
  'OpenTelemetry metrics': (_server, sink) => {
    const { MeterProvider, PeriodicExportingMetricReader } = require('@opentelemetry/sdk-metrics');
    const { OTLPMetricExporter } = require('@opentelemetry/exporter-metrics-otlp-http');
    const exporter = new OTLPMetricExporter({ url: `${sink}/v1/metrics` });
    const reader = new PeriodicExportingMetricReader({
      exporter,
      exportIntervalMillis: 1000,
      exportTimeoutMillis: 1000,
    });
    instrument().setMeterProvider(new MeterProvider({ readers: [reader] }));
    return {};
  },
  'OpenTelemetry traces': (_server, sink) => {
    const { NodeTracerProvider, BatchSpanProcessor } = require('@opentelemetry/sdk-trace-node');
    const { OTLPTraceExporter } = require('@opentelemetry/exporter-trace-otlp-http');
    const processor = new BatchSpanProcessor(new OTLPTraceExporter({ url: `${sink}/v1/traces` }));
    const provider = new NodeTracerProvider({ spanProcessors: [processor] });
    provider.register();
    instrument().setTracerProvider(provider);
    return {};
  },
  'dd-trace': (_server, sink) => {
    process.env.DD_INSTRUMENTATION_TELEMETRY_ENABLED = 'false';
    process.env.DD_REMOTE_CONFIGURATION_ENABLED = 'false';
    require('dd-trace').init({ url: sink, service: SERVICE, startupLogs: false });
    return {};
  },
  'elastic-apm-node': (_server, sink) => {
    require('elastic-apm-node').start({
      serverUrl: sink,
      serviceName: SERVICE,
      logLevel: 'off',
      centralConfig: false,
      cloudProvider: 'none',
    });
    return {};
  },
  Sentry: (_server, sink) => {
    require('@sentry/node').init({ dsn: `${sink.replace('//', '//key@')}/1`, tracesSampleRate: 1 });
    return {};
  },
} satisfies Record<string, Start>;

export type Peer = keyof typeof starts;

export const peers: Readonly<Record<Peer, { readonly parts: Start }>> = Object.fromEntries(
  Object.entries(starts).map(([name, parts]) => [name, { parts }]),
) as never;
