import os from 'node:os';
import { type Address, address } from './address.ts';
import {
  folder,
  hostName,
  type Kind,
  logger,
  logLevel,
  name,
  onOff,
  onOffView,
  pathList,
  requestTagsFunction,
  routeFunction,
  secret,
  tagValue,
  token,
  username,
  wholeNumber,
} from './kinds.ts';
import type { Options, ResolvedOptions } from './options.ts';
import { tagList } from './tags.ts';

export type SettingName = keyof Options;

/** What each setting holds once read: what the resolved options have of that name, else what was given. */
export type Values = {
  [Name in keyof Required<Options>]: Name extends 'url'
    ? Address | undefined
    : Name extends Exclude<keyof ResolvedOptions, 'enabled'>
      ? ResolvedOptions[Name]
      : Options[Name];
};

export interface Setting<T> {
  /** Environment variables, of which the first that is set counts. None: only in code. */
  readonly env: readonly string[];
  readonly kind: Kind<NonNullable<T>>;
  readonly default: T;
}

const HOUR = 3_600_000;
const MiB = 2 ** 20;

/** Every setting, in the order in which problems are reported. A new one is a row here and a field of `Options`. */
export const settings: { readonly [Name in keyof Values]: Setting<Values[Name]> } = {
  enabled: { env: ['RAW_REQUESTS'], kind: onOffView, default: undefined },
  viewPort: { env: ['RAW_REQUESTS_VIEW_PORT'], kind: wholeNumber(1, 65_535), default: 8187 },
  url: { env: ['INFLUX_URL', 'INFLUX_HOST'], kind: address, default: undefined },
  token: { env: ['INFLUX_TOKEN'], kind: token, default: undefined },
  org: { env: ['INFLUX_ORG'], kind: name, default: undefined },
  bucket: { env: ['INFLUX_BUCKET'], kind: name, default: undefined },
  database: { env: ['INFLUX_DATABASE', 'INFLUX_DB'], kind: name, default: undefined },
  retentionPolicy: { env: ['INFLUX_RETENTION_POLICY'], kind: name, default: undefined },
  username: { env: ['INFLUX_USERNAME'], kind: username, default: undefined },
  password: { env: ['INFLUX_PASSWORD'], kind: secret, default: undefined },
  service: { env: ['RAW_REQUESTS_SERVICE', 'OTEL_SERVICE_NAME'], kind: tagValue, default: undefined },
  tags: { env: ['RAW_REQUESTS_TAGS'], kind: tagList, default: Object.freeze({}) },
  hostname: { env: [], kind: hostName, default: os.hostname() },
  ignore: { env: ['RAW_REQUESTS_IGNORE'], kind: pathList, default: Object.freeze([]) },
  flushIntervalMs: { env: ['RAW_REQUESTS_FLUSH_INTERVAL_MS'], kind: wholeNumber(10, 60_000), default: 1000 },
  batchLines: { env: ['RAW_REQUESTS_BATCH_LINES'], kind: wholeNumber(1, 20_000), default: 5000 },
  maxQueueBytes: { env: ['RAW_REQUESTS_MAX_QUEUE_BYTES'], kind: wholeNumber(MiB), default: 32 * MiB },
  spoolDir: { env: ['RAW_REQUESTS_SPOOL_DIR'], kind: folder, default: undefined },
  maxSpoolBytes: { env: ['RAW_REQUESTS_MAX_SPOOL_BYTES'], kind: wholeNumber(MiB), default: 256 * MiB },
  timeoutMs: { env: ['RAW_REQUESTS_TIMEOUT_MS'], kind: wholeNumber(1, HOUR), default: 10_000 },
  exitTimeoutMs: { env: ['RAW_REQUESTS_EXIT_TIMEOUT_MS'], kind: wholeNumber(0, HOUR), default: 3000 },
  handleSignals: { env: ['RAW_REQUESTS_HANDLE_SIGNALS'], kind: onOff, default: false },
  maxRoutes: { env: ['RAW_REQUESTS_MAX_ROUTES'], kind: wholeNumber(1, 100_000), default: 1000 },
  path: { env: ['RAW_REQUESTS_PATH'], kind: onOff, default: false },
  queueTime: { env: ['RAW_REQUESTS_QUEUE_TIME'], kind: onOff, default: true },
  requestMetrics: { env: ['RAW_REQUESTS_REQUEST_METRICS'], kind: onOff, default: true },
  processInfo: { env: ['RAW_REQUESTS_PROCESS_INFO'], kind: onOff, default: true },
  prometheus: { env: ['RAW_REQUESTS_PROMETHEUS'], kind: onOff, default: false },
  concurrency: { env: ['RAW_REQUESTS_CONCURRENCY'], kind: wholeNumber(1, 1_000_000), default: undefined },
  route: { env: [], kind: routeFunction, default: undefined },
  requestTags: { env: [], kind: requestTagsFunction, default: undefined },
  logger: { env: [], kind: logger, default: undefined },
  logLevel: { env: ['RAW_REQUESTS_LOG_LEVEL'], kind: logLevel, default: 'warn' },
};
