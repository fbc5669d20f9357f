import type { IncomingMessage, ServerResponse } from 'node:http';
import { resolveDestination } from './destination.ts';
import { readSetting, readSettings } from './read.ts';

/** How much the built-in log says: this level and the more serious ones. */
export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';

/** A log to write to. pino's loggers are of this kind; so is anything else that takes an object and a message. */
export interface Logger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** A request as it starts: what its client has sent before the body. */
export type RequestHead = Pick<IncomingMessage, 'method' | 'url' | 'headers'>;

/**
 * The settings. Each one can be given in code or, where a variable is named, through the environment; code wins.
 * `undefined` in code and empty text in the environment count as not given.
 */
export interface Options {
  /**
   * Whether requests are recorded. When switched off, no other setting is looked at, so it is always a way out.
   *
   * `'view'` shows them in the live view: the first process of this machine that asks for it serves it, from a thread
   * of its own, on `viewPort`, and prints its address; the others write to it. No other destination is needed; where
   * one is set, the process that serves the view passes everything on to it.
   *
   * Environment: `RAW_REQUESTS`, `on`, `off` (also `true`, `false`, `1`, `0`) or `view`.
   * @default on if `url` or `prometheus` is set, else off
   */
  enabled?: boolean | 'view' | undefined;

  /**
   * Port of the live view on 127.0.0.1, 1 to 65535. Not used unless `enabled` is `'view'`. While another program has
   * it, requests wait, up to `maxQueueBytes`.
   *
   * Environment: `RAW_REQUESTS_VIEW_PORT`.
   * @default 8187
   */
  viewPort?: number | undefined;

  /**
   * Address of the InfluxDB server, http or https, to which the path of the write endpoint is added. It may hold a
   * path of its own (`https://gateway/influx`) and, percent-encoded, `username` and `password`
   * (`http://user:secret@host:8086`). With https, the certificate is always checked; `NODE_EXTRA_CA_CERTS` names
   * further issuers. With http to another host, the log warns of credentials.
   *
   * Environment: `INFLUX_URL`, else `INFLUX_HOST`.
   */
  url?: string | undefined;

  /**
   * API token. With a `database`, `username` and `password` go before it.
   *
   * Environment: `INFLUX_TOKEN`.
   */
  token?: string | undefined;

  /**
   * Organization of the `bucket`: InfluxDB 2 needs it, InfluxDB 3 does not. Not used with a `database`.
   *
   * Environment: `INFLUX_ORG`.
   */
  org?: string | undefined;

  /**
   * Bucket to write to, through `/api/v2/write` (InfluxDB 2 and 3). Either this or `database` is needed.
   *
   * Environment: `INFLUX_BUCKET`; it gives way to a `database` given in code.
   */
  bucket?: string | undefined;

  /**
   * Database to write to, through `/write` (InfluxDB 1, and most servers that speak its protocol). Either this or
   * `bucket` is needed.
   *
   * Environment: `INFLUX_DATABASE`, else `INFLUX_DB`; they give way to a `bucket` given in code.
   */
  database?: string | undefined;

  /**
   * Retention policy of the `database`. Not used with a `bucket`.
   *
   * Environment: `INFLUX_RETENTION_POLICY`.
   * @default the database's own default policy
   */
  retentionPolicy?: string | undefined;

  /**
   * User to write as, together with `password`. It must not contain a colon.
   *
   * Environment: `INFLUX_USERNAME`.
   * @default the one in `url`
   */
  username?: string | undefined;

  /**
   * Password of `username`. With a `bucket`, both are used only where there is no `token`.
   *
   * Environment: `INFLUX_PASSWORD`.
   * @default the one in `url`
   */
  password?: string | undefined;

  /**
   * Name of this service, written to every point as the tag `service`: at most 256 characters.
   *
   * Environment: `RAW_REQUESTS_SERVICE`, else `OTEL_SERVICE_NAME`.
   */
  service?: string | undefined;

  /**
   * Tags written to every point, at most 20. A name has up to 64 letters, digits, `_`, `.` and `-`, does not start with
   * a digit, and is not one of the library's own. A value has at most 256 characters; an empty one leaves its tag out.
   *
   * Environment: `RAW_REQUESTS_TAGS`, as in `env=prod,zone=a`.
   * @default {}
   */
  tags?: Record<string, string> | undefined;

  /**
   * Name of this host, written to every point as the tag `hostname`.
   *
   * @default os.hostname()
   */
  hostname?: string | undefined;

  /**
   * Paths whose requests are not recorded, at most 1000: each an exact path (`/healthz`), or a prefix that ends in `*`
   * (`/assets/*`). In code also a function that says so of a request, when it starts; it may be asked several times,
   * and one that throws costs nothing but a count in `stats().hookErrors`: the request is recorded.
   *
   * Environment: `RAW_REQUESTS_IGNORE`, as in `/healthz,/assets/*`.
   * @default []
   */
  ignore?: string[] | ((req: RequestHead) => boolean) | undefined;

  /**
   * How long records are gathered before they are sent, in milliseconds, 10 to 60000. A full batch does not wait.
   *
   * Environment: `RAW_REQUESTS_FLUSH_INTERVAL_MS`.
   * @default 1000
   */
  flushIntervalMs?: number | undefined;

  /**
   * How many records make a full batch, which is sent at once, 1 to 20000.
   *
   * Environment: `RAW_REQUESTS_BATCH_LINES`.
   * @default 5000
   */
  batchLines?: number | undefined;

  /**
   * How much may wait while the database does not take it, in bytes, from 1 MiB. Beyond that the oldest records that
   * are not being sent are dropped, and counted.
   *
   * Environment: `RAW_REQUESTS_MAX_QUEUE_BYTES`.
   * @default 33554432 (32 MiB)
   */
  maxQueueBytes?: number | undefined;

  /**
   * Folder for what the database does not take, so that it outlives the process: plain `.lp.gz` files, which are
   * delivered when the database takes them again, if need be by another process. It is made, with access for this user
   * alone, when it is first needed, and several processes may share it. A folder that cannot be written to is no
   * error: memory then has to do. One that exists is to be no link, to belong to this user, and to be writable by no
   * other, or to have the sticky bit.
   *
   * Environment: `RAW_REQUESTS_SPOOL_DIR`.
   * @default undefined: nothing is written to disk
   */
  spoolDir?: string | undefined;

  /**
   * How much may be in `spoolDir`, in bytes, from 1 MiB, over all processes that share it. Beyond that the oldest
   * records of this process are dropped, and counted.
   *
   * Environment: `RAW_REQUESTS_MAX_SPOOL_BYTES`.
   * @default 268435456 (256 MiB)
   */
  maxSpoolBytes?: number | undefined;

  /**
   * How long one attempt to write may take, in milliseconds, 1 to 3600000. After that it has failed, and is repeated.
   *
   * Environment: `RAW_REQUESTS_TIMEOUT_MS`.
   * @default 10000
   */
  timeoutMs?: number | undefined;

  /**
   * How long the end of the process may be put off to deliver what is left, in milliseconds, 0 to 3600000. 0 does not
   * wait; what is not delivered by then is lost.
   *
   * Environment: `RAW_REQUESTS_EXIT_TIMEOUT_MS`.
   * @default 3000
   */
  exitTimeoutMs?: number | undefined;

  /**
   * Whether what is left is delivered also when SIGTERM, SIGINT or SIGHUP ends the process, which then still ends by
   * that signal. Only where the application does not listen to the signal itself: if it does and then exits, all is
   * delivered anyway. Off, no listener is added to any signal.
   *
   * Environment: `RAW_REQUESTS_HANDLE_SIGNALS`, `on` or `off`.
   * @default false
   */
  handleSignals?: boolean | undefined;

  /**
   * How many different routes are told apart, 1 to 100000. Requests of any further one have the route `(other)`.
   *
   * Environment: `RAW_REQUESTS_MAX_ROUTES`.
   * @default 1000
   */
  maxRoutes?: number | undefined;

  /**
   * Whether the path of each request is recorded, without its query. Paths can hold personal data.
   *
   * Environment: `RAW_REQUESTS_PATH`, `on` or `off`.
   * @default false
   */
  path?: boolean | undefined;

  /**
   * Whether the time between a proxy and this process is recorded, from `X-Request-Start` or `X-Queue-Start`.
   *
   * Environment: `RAW_REQUESTS_QUEUE_TIME`, `on` or `off`.
   * @default true
   */
  queueTime?: boolean | undefined;

  /**
   * Whether each process writes what it did in the last second as the measurement `request-metrics`: throughput,
   * times, CPU, memory, the event loop. Costs nothing per request.
   *
   * Environment: `RAW_REQUESTS_REQUEST_METRICS`, `on` or `off`.
   * @default true
   */
  requestMetrics?: boolean | undefined;

  /**
   * Whether each process writes its CPU and memory once a second as the measurement `process-info`, with the
   * `process_type` of its `service`, or `node`.
   *
   * Environment: `RAW_REQUESTS_PROCESS_INFO`, `on` or `off`.
   * @default true
   */
  processInfo?: boolean | undefined;

  /**
   * Whether requests are observed also where no `url` is set, for `raw-requests/prometheus` alone. With a `url` it makes
   * no difference.
   *
   * Environment: `RAW_REQUESTS_PROMETHEUS`, `on` or `off`.
   * @default false
   */
  prometheus?: boolean | undefined;

  /**
   * How many requests the application can handle at a time, 1 to 1000000, where something limits that, such as a
   * pool of database connections: `capacity_utilization` then is what of it was in use.
   *
   * Environment: `RAW_REQUESTS_CONCURRENCY`.
   * @default undefined: `capacity_utilization` is that of the event loop
   */
  concurrency?: number | undefined;

  /**
   * Gives single requests tags of their own, once they are over: a few, from bounded sets, such as a tenant's plan.
   * At most 5, of which values beyond 128 characters are cut; more than 100 distinct sets become `(other)`.
   * Requests without a response object (upgrades, HTTP/2 streams) have none. A function that throws costs nothing but
   * a count in `stats().hookErrors`.
   *
   * @default undefined; code only
   */
  requestTags?:
    | ((req: IncomingMessage, res: ServerResponse) => Record<string, string | number | boolean | undefined>)
    | undefined;
  /**
   * Names the route of a request where no framework does. Return a template (`/items/:item`), never the path itself:
   * each different result is a series in the database. `undefined` means that the request matches no route.
   */
  route?: ((req: IncomingMessage) => string | undefined) | undefined;

  /**
   * Log to use in place of the built-in one.
   *
   * @default pino, to stderr
   */
  logger?: Logger | undefined;

  /**
   * How much the built-in log says. A `logger` of your own decides that for itself.
   *
   * Environment: `RAW_REQUESTS_LOG_LEVEL`: `trace`, `debug`, `info`, `warn`, `error`, `fatal` or `silent`.
   * @default 'warn'
   */
  logLevel?: LogLevel | undefined;
}

/** Where points are written to, and as whom. */
export interface Destination {
  /** Base address: without credentials and without a slash at the end, to be followed by `writePath`. */
  readonly url: string;
  /** Path and query of the write endpoint, URL-encoded. */
  readonly writePath: string;
  /**
   * Value of the `Authorization` header. Not enumerable, so that printing, spreading or cloning the destination leaves
   * the secret out: whoever needs it reads it by its name.
   */
  readonly authorization: string | undefined;
  /** The destination as the log may name it: `InfluxDB at http://host:8086 (database requests)`. */
  readonly label: string;
  /** Set if it is the live view: this process may serve it. */
  readonly view?: ViewSetup;
}

/** How to serve the live view. */
export interface ViewSetup {
  readonly port: number;
  /** Where everything is passed on to. */
  readonly forward: Destination | undefined;
}

/** The settings once merged, checked and frozen: nothing has to be checked after this. See {@link Options}. */
export interface ResolvedOptions {
  readonly enabled: boolean;
  /** Undefined when not `enabled`, or when requests are only observed, for `prometheus`. */
  readonly destination: Destination | undefined;
  /** The user's tags, `service` among them. */
  readonly tags: Readonly<Record<string, string>>;
  readonly hostname: string;
  readonly ignore: readonly string[] | ((req: RequestHead) => boolean);
  readonly flushIntervalMs: number;
  readonly batchLines: number;
  readonly maxQueueBytes: number;
  readonly spoolDir: string | undefined;
  readonly maxSpoolBytes: number;
  readonly timeoutMs: number;
  readonly exitTimeoutMs: number;
  readonly handleSignals: boolean;
  readonly maxRoutes: number;
  readonly path: boolean;
  readonly queueTime: boolean;
  readonly requestMetrics: boolean;
  readonly processInfo: boolean;
  readonly prometheus: boolean;
  readonly concurrency: number | undefined;
  readonly requestTags: Options['requestTags'];
  readonly route: ((req: IncomingMessage) => string | undefined) | undefined;
  readonly logger: Logger | undefined;
  readonly logLevel: LogLevel;
}

/** Thrown at the start, and only then, when settings are wrong. It names all that is wrong, and shows no secret. */
export class ConfigError extends Error {
  static {
    ConfigError.prototype.name = 'ConfigError';
  }

  // Behind a getter, so that a crash report shows the problems once, in the message.
  readonly #problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
    this.#problems = Object.freeze([...problems]);
  }

  /** One sentence for each thing that is wrong. */
  get problems(): readonly string[] {
    return this.#problems;
  }
}

/**
 * Merges the options given in code with the environment, fills in the defaults and checks everything.
 *
 * @throws {ConfigError} with all that is wrong, unless recording is switched off: then nothing else is looked at.
 */
export function resolveOptions(user: Options = {}, env: NodeJS.ProcessEnv = process.env): ResolvedOptions {
  const isOff = readSetting('enabled', user, env).value === false;
  return isOff ? resolve({}, {}) : resolve(user, env);
}

function resolve(user: Options, env: NodeJS.ProcessEnv): ResolvedOptions {
  const settings = readSettings(user, env);
  const target = resolveDestination(settings.readings);
  const problems = [...settings.problems, ...target.problems];
  if (problems.length > 0) throw new ConfigError(problems);

  // Those of the destination stay behind: secrets are not handed on beside it.
  const {
    enabled,
    url,
    token,
    org,
    bucket,
    database,
    retentionPolicy,
    username,
    password,
    viewPort,
    service,
    tags,
    ...rest
  } = settings.values;
  const { destination } = target;
  return Object.freeze({
    ...rest,
    enabled: destination !== undefined || rest.prometheus,
    destination,
    tags: Object.freeze(service ? { ...tags, service } : tags),
  });
}
