import { onOff } from '../kinds/on-off.ts';
import { HOUR_MS, MiB, wholeNumber } from '../kinds/whole-number.ts';
import type { SettingsOf } from '../setting.ts';

/** Sizes and time limits of the delivery. */
export interface DeliveryOptions {
  /**
   * How long requests are collected before they are sent, in milliseconds, 10 to 60000. A full batch is sent at once.
   *
   * Environment: `RAW_REQUESTS_FLUSH_INTERVAL_MS`.
   * @default 1000
   */
  flushIntervalMs?: number | undefined;

  /**
   * How many requests fit into a batch, 1 to 20000. A full batch is sent at once.
   *
   * Environment: `RAW_REQUESTS_BATCH_LINES`.
   * @default 5000
   */
  batchLines?: number | undefined;

  /**
   * How many bytes may wait in memory while the database is not available, from 1 MiB. Above that, the oldest requests
   * that are not being sent are dropped, and counted.
   *
   * Environment: `RAW_REQUESTS_MAX_QUEUE_BYTES`.
   * @default 33554432 (32 MiB)
   */
  maxQueueBytes?: number | undefined;

  /**
   * How long one write attempt may take, in milliseconds, 1 to 3600000. After that, the attempt has failed and is
   * repeated.
   *
   * Environment: `RAW_REQUESTS_TIMEOUT_MS`.
   * @default 10000
   */
  timeoutMs?: number | undefined;

  /**
   * How long the end of the process may be delayed to deliver the remaining requests, in milliseconds, 0 to 3600000.
   * With 0 there is no delay. Requests that are not delivered by then are lost.
   *
   * Environment: `RAW_REQUESTS_EXIT_TIMEOUT_MS`.
   * @default 3000
   */
  exitTimeoutMs?: number | undefined;

  /**
   * Whether remaining requests are also delivered when SIGTERM, SIGINT or SIGHUP ends the process. The process then
   * still ends by that signal. If the application listens to the signal, this has no effect; remaining requests are
   * delivered when the application exits. If off, no signal listener is added.
   *
   * Environment: `RAW_REQUESTS_HANDLE_SIGNALS`, `on` or `off`.
   * @default false
   */
  handleSignals?: boolean | undefined;
}

export const deliverySettings: SettingsOf<DeliveryOptions> = {
  flushIntervalMs: { env: ['RAW_REQUESTS_FLUSH_INTERVAL_MS'], kind: wholeNumber(10, 60_000), default: 1000 },
  batchLines: { env: ['RAW_REQUESTS_BATCH_LINES'], kind: wholeNumber(1, 20_000), default: 5000 },
  maxQueueBytes: { env: ['RAW_REQUESTS_MAX_QUEUE_BYTES'], kind: wholeNumber(MiB), default: 32 * MiB },
  timeoutMs: { env: ['RAW_REQUESTS_TIMEOUT_MS'], kind: wholeNumber(1, HOUR_MS), default: 10_000 },
  exitTimeoutMs: { env: ['RAW_REQUESTS_EXIT_TIMEOUT_MS'], kind: wholeNumber(0, HOUR_MS), default: 3000 },
  handleSignals: { env: ['RAW_REQUESTS_HANDLE_SIGNALS'], kind: onOff, default: false },
};
