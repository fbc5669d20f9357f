import { onOff } from '../kinds/on-off.ts';
import { wholeNumber } from '../kinds/whole-number.ts';
import type { SettingsOf } from '../setting.ts';

/** The measurements that are written once a second, in addition to requests. */
export interface MetricOptions {
  /**
   * Whether each process writes the measurement `request-metrics` once a second: throughput, times, CPU, memory, event
   * loop. It adds no cost to a request.
   *
   * Environment: `RAW_REQUESTS_REQUEST_METRICS`, `on` or `off`.
   * @default true
   */
  requestMetrics?: boolean | undefined;

  /**
   * Whether each process writes its CPU and memory once a second as the measurement `process-info`, with the
   * `process_type` of its `service`, or `node`, and its start and stop as `process-event`.
   *
   * Environment: `RAW_REQUESTS_PROCESS_INFO`, `on` or `off`.
   * @default true
   */
  processInfo?: boolean | undefined;

  /**
   * How many requests the application can handle at a time, 1 to 1000000, if something limits that, such as a pool of
   * database connections. `capacity_utilization` is then the share of it that was in use.
   *
   * Environment: `RAW_REQUESTS_CONCURRENCY`.
   * @default undefined: `capacity_utilization` is that of the event loop
   */
  concurrency?: number | undefined;
}

export const metricSettings: SettingsOf<MetricOptions, 'concurrency'> = {
  requestMetrics: { env: ['RAW_REQUESTS_REQUEST_METRICS'], kind: onOff, default: true },
  processInfo: { env: ['RAW_REQUESTS_PROCESS_INFO'], kind: onOff, default: true },
  concurrency: { env: ['RAW_REQUESTS_CONCURRENCY'], kind: wholeNumber(1, 1_000_000), default: undefined },
};
