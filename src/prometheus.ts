import type { IncomingMessage, ServerResponse } from 'node:http';
import { performance } from 'node:perf_hooks';
import { createLog } from './log/log.ts';
import { BOUNDS, type DurationHistogram, RequestDurations } from './metrics/durations.ts';
import { recorderRegistry } from './metrics/recorder-registry.ts';
import {
  ConfigError,
  isSwitchedOff,
  type Logger,
  type LogOptions,
  logSettings,
  readOptions,
  type SettingsOf,
  withFunctions,
} from './options/options.ts';
import type { Stats } from './record/ledger.ts';
import { attempt } from './safety/guard.ts';
import { asError } from './safety/thrown.ts';

/** The members that are used of a registry of `prom-client` 15, or of its successor `@prometheus-io/client`. */
export interface PrometheusRegistry {
  registerMetric(metric: never): void;
  removeSingleMetric(name: string): void;
  metrics(): Promise<string>;
  readonly contentType: string;
}

/** Settings of {@link prometheusMetrics}. */
export interface PrometheusOptions extends LogOptions {
  /** The registry that the metrics are added to, such as `register` of `prom-client`. */
  register: PrometheusRegistry;
}

const settings: SettingsOf<PrometheusOptions, 'register' | 'logger'> = {
  register: {
    env: [],
    kind: withFunctions(['registerMetric', 'removeSingleMetric', 'metrics'], 'a registry of prom-client'),
    default: undefined,
  },
  ...logSettings,
};

/** The metrics of this process, registered in a registry. */
export interface PrometheusMetrics {
  /** Answers a scrape with all metrics of the registry. For `node:http`, Express and similar frameworks. */
  handler(req: IncomingMessage, res: ServerResponse): Promise<void>;
  /** Removes the metrics from the registry. */
  close(): void;
}

interface Value {
  readonly value: number;
  readonly labels: object;
  readonly metricName?: string;
}

/** A metric in the shape that both clients' registries read, and that they pass from a cluster's workers to its primary. */
interface Metric {
  name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly aggregator: 'sum' | 'average';
  get(): Promise<object>;
  reset(): void;
}

const { eventLoopUtilization } = performance;

/** Each metric is guarded: if one fails, the application's own metrics in the same registry are still served. */
const KIND = 'a Prometheus metric';

const LEDGER: readonly (readonly [
  key: keyof Stats,
  name: string,
  type: 'counter' | 'gauge',
  help: string,
])[] = [
  ['recorded', 'raw_requests_recorded_total', 'counter', 'Requests recorded for InfluxDB.'],
  ['acknowledged', 'raw_requests_acknowledged_total', 'counter', 'Requests confirmed by InfluxDB.'],
  ['queued', 'raw_requests_queued', 'gauge', 'Requests on their way to InfluxDB, in memory.'],
  ['spooled', 'raw_requests_spooled', 'gauge', 'Requests on their way to InfluxDB, on disk.'],
  ['dropped', 'raw_requests_dropped_total', 'counter', 'Requests discarded and never sent to InfluxDB.'],
  [
    'unknown',
    'raw_requests_unknown_total',
    'counter',
    'Requests given up after an attempt whose outcome is not known.',
  ],
  ['rejected', 'raw_requests_rejected_total', 'counter', 'Requests refused by InfluxDB for good.'],
  [
    'recovered',
    'raw_requests_recovered_total',
    'counter',
    'Requests of processes that died, delivered from the spool.',
  ],
  [
    'hookErrors',
    'raw_requests_hook_errors_total',
    'counter',
    'Times that a function given as an option failed.',
  ],
  ['internalErrors', 'raw_requests_internal_errors_total', 'counter', 'Errors within raw-requests itself.'],
  [
    'queueTimeErrors',
    'raw_requests_queue_time_errors_total',
    'counter',
    'Requests whose queue-time header of a proxy held no plausible time.',
  ],
];

/**
 * Adds metrics of this process to a registry of `prom-client`: the histogram `http_server_request_duration_seconds`
 * with the names and bounds of OpenTelemetry, the requests in flight, the utilization of the event loop, and the
 * delivery counters.
 *
 * The metrics are computed from the same records that InfluxDB gets, of all recorders of the process together, however
 * they were started. They are computed once per batch and per scrape, so they add no cost to a request. Without
 * InfluxDB, set the option `prometheus` (`RAW_REQUESTS_PROMETHEUS=on`): requests are then observed but not written.
 *
 * @example
 * ```ts
 * import { register } from 'prom-client';
 * const metrics = prometheusMetrics({ register });
 * app.use(rawRequests());
 * app.get('/metrics', metrics.handler);
 * ```
 * @throws {ConfigError} when an option is wrong
 * @throws {Error} when the registry already has a metric of one of these names
 */
export function prometheusMetrics(options: PrometheusOptions): PrometheusMetrics {
  const { register, logger, logLevel } = resolve(options);
  const recorders = recorderRegistry();
  const metrics = [
    durationMetric(),
    metric('http_server_active_requests', 'gauge', 'Requests in flight.', () => recorders.inFlight),
    ...LEDGER.map(([key, name, type, help]) => metric(name, type, help, () => recorders.stats()[key] ?? 0)),
    ...eventLoopMetrics(),
  ];
  // Metrics are removed by the names at registration: a registry in OpenMetrics mode changes the names of counters.
  const names: string[] = [];
  const remove = () => {
    for (const name of names.splice(0)) register.removeSingleMetric(name);
  };
  try {
    for (const each of metrics) {
      register.registerMetric(each as never);
      names.push(each.name);
    }
  } catch (error) {
    remove();
    throw error;
  }
  recorders.durations ??= new RequestDurations();
  recorders.readers++;

  const warnOnce = once(() => warnIfNothingObserved(createLog(logger, logLevel)));
  let isClosed = false;
  return {
    handler: async function rawRequestsMetrics(_req, res) {
      warnOnce();
      try {
        const text = await register.metrics();
        res.setHeader('content-type', register.contentType);
        res.end(text);
      } catch (error) {
        // A metric of the application failed. The scraper has to see it.
        if (!res.headersSent) res.statusCode = 500;
        res.end(asError(error).message);
      }
    },
    close: () => {
      if (isClosed) return;
      isClosed = true;
      remove();
      if (--recorders.readers === 0) recorders.durations = undefined;
    },
  };
}

function resolve(options: PrometheusOptions) {
  // With RAW_REQUESTS=off, no other environment variable can prevent the start of the application.
  const { values, problems } = readOptions(settings, options, isSwitchedOff() ? {} : process.env);
  const { register } = values;
  if (register === undefined && problems.length === 0) {
    problems.push('Expected `register` to be set: the registry that the metrics are added to');
  }
  if (register === undefined || problems.length > 0) throw new ConfigError(problems);
  return { ...values, register };
}

function durationMetric(): Metric {
  const recorders = recorderRegistry();
  const name = 'http_server_request_duration_seconds';
  return {
    name,
    help: 'Duration of HTTP server requests.',
    type: 'histogram',
    aggregator: 'sum',
    async get() {
      const values = attempt(KIND, () => {
        const { durations, sources } = recorders;
        if (durations !== undefined) for (const source of sources) source.addTo(durations);
        return [...(durations?.histograms() ?? [])].flatMap((each) => histogramValues(name, each));
      });
      return { name, help: this.help, type: this.type, aggregator: this.aggregator, values: values ?? [] };
    },
    reset: () => recorders.durations?.clear(),
  };
}

function histogramValues(name: string, { labels, buckets, sumMs }: DurationHistogram): Value[] {
  let count = 0;
  const values: Value[] = [...buckets].map((inBucket, i) => {
    count += inBucket;
    return { metricName: `${name}_bucket`, labels: { le: BOUNDS[i] ?? '+Inf', ...labels }, value: count };
  });
  values.push({ metricName: `${name}_sum`, labels, value: sumMs / 1e3 });
  values.push({ metricName: `${name}_count`, labels, value: count });
  return values;
}

/** The utilization is of the time since the last scrape; the times are counters, from which any window can be computed. */
function eventLoopMetrics(): Metric[] {
  let last = attempt(KIND, () => eventLoopUtilization());
  const utilization = () => {
    const current = eventLoopUtilization();
    const { utilization } = eventLoopUtilization(current, last);
    last = current;
    return utilization;
  };
  const time = () => {
    const { active, idle } = eventLoopUtilization();
    return [
      { labels: { nodejs_eventloop_state: 'active' }, value: active / 1e3 },
      { labels: { nodejs_eventloop_state: 'idle' }, value: idle / 1e3 },
    ];
  };
  return [
    metric(
      'nodejs_eventloop_time_seconds_total',
      'counter',
      'Time the event loop was active and idle.',
      time,
    ),
    metric(
      'nodejs_eventloop_utilization_ratio',
      'gauge',
      'Utilization of the event loop since the last scrape.',
      utilization,
      'average',
    ),
  ];
}

function metric(
  name: string,
  type: 'counter' | 'gauge',
  help: string,
  read: () => number | Value[],
  aggregator: Metric['aggregator'] = 'sum',
): Metric {
  return {
    name,
    help,
    type,
    aggregator,
    async get() {
      const value = attempt(KIND, read) ?? [];
      const values = typeof value === 'number' ? [{ labels: {}, value }] : value;
      return { name: this.name, help, type, aggregator, values };
    },
    // The values are counted elsewhere and must agree with those counters.
    reset: () => {},
  };
}

function warnIfNothingObserved(log: Logger): void {
  if (recorderRegistry().sources.size > 0) return;
  log.warn(
    {},
    'no request is observed in this process: call rawRequests(), and set RAW_REQUESTS_PROMETHEUS=on if there is no InfluxDB',
  );
}

function once(run: () => void): () => void {
  let ran = false;
  return () => {
    if (ran) return;
    ran = true;
    run();
  };
}
