import { onOff } from '../kinds/on-off.ts';
import { HOUR_MS, MiB, wholeNumber } from '../kinds/whole-number.ts';
import type { SettingsOf } from '../setting.ts';

/** How points are delivered, and for how long that may take. */
export interface DeliveryOptions {
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
}

export const deliverySettings: SettingsOf<DeliveryOptions> = {
  flushIntervalMs: { env: ['RAW_REQUESTS_FLUSH_INTERVAL_MS'], kind: wholeNumber(10, 60_000), default: 1000 },
  batchLines: { env: ['RAW_REQUESTS_BATCH_LINES'], kind: wholeNumber(1, 20_000), default: 5000 },
  maxQueueBytes: { env: ['RAW_REQUESTS_MAX_QUEUE_BYTES'], kind: wholeNumber(MiB), default: 32 * MiB },
  timeoutMs: { env: ['RAW_REQUESTS_TIMEOUT_MS'], kind: wholeNumber(1, HOUR_MS), default: 10_000 },
  exitTimeoutMs: { env: ['RAW_REQUESTS_EXIT_TIMEOUT_MS'], kind: wholeNumber(0, HOUR_MS), default: 3000 },
  handleSignals: { env: ['RAW_REQUESTS_HANDLE_SIGNALS'], kind: onOff, default: false },
};
