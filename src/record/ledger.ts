import type { Point } from './point.ts';

/** The result of lines: how many were stored, refused or lost, and the reason if not all were stored. */
export interface DeliveryResult {
  /** Confirmed by the destination. */
  readonly acknowledged: number;
  /** Refused by the destination permanently. */
  readonly rejected: number;
  /** Discarded and never sent. */
  readonly dropped: number;
  /** Given up after an attempt whose outcome is not known. */
  readonly unknown: number;
  readonly reason: string | undefined;
}

/** The result of lines that are given up: *unknown* if `maybeStored`, since an attempt may have stored them; else *dropped*. */
export function undelivered(count: number, reason: string, maybeStored = false): DeliveryResult {
  const [dropped, unknown] = maybeStored ? [0, count] : [count, 0];
  return { acknowledged: 0, rejected: 0, dropped, unknown, reason };
}

/**
 * Counts of the results of all requests, in lines of `raw-requests`. At every moment
 * `recorded = acknowledged + queued + spooled + dropped + unknown + rejected`.
 */
export interface Stats {
  /** Requests recorded. Equals the last `sequence` written. */
  readonly recorded: number;
  /** Confirmed by the database. */
  readonly acknowledged: number;
  /** Waiting for delivery, in memory. */
  readonly queued: number;
  /** Waiting for delivery, on disk. */
  readonly spooled: number;
  /** Discarded and never sent. */
  readonly dropped: number;
  /** Given up after an attempt whose outcome is not known. */
  readonly unknown: number;
  /** Refused by the database permanently. */
  readonly rejected: number;
  /**
   * Times that a function option (`ignore`, `route`, `requestTags`, `logger`) threw or returned an invalid value. The
   * request was recorded without it. Not a part of the sum.
   */
  readonly hookErrors: number;
  /** Errors within this library, none of which reached the application. The log has the first of each kind. Not a part of the sum. */
  readonly internalErrors: number;
  /** Requests whose queue-time header held no plausible time; they have no `queue_time`. Not a part of the sum. */
  readonly queueTimeErrors: number;
  /** Requests of earlier processes that were delivered from the spool. Not a part of the sum. */
  readonly recovered: number;
}

/** Counts recorded requests and how they were settled. Those that are not settled are queued. */
export class Ledger {
  recorded = 0;
  acknowledged = 0;
  spooled = 0;
  dropped = 0;
  unknown = 0;
  rejected = 0;
  hookErrors = 0;
  internalErrors = 0;
  queueTimeErrors = 0;
  recovered = 0;

  settle({ acknowledged, rejected, dropped, unknown }: DeliveryResult): void {
    this.acknowledged += acknowledged;
    this.rejected += rejected;
    this.dropped += dropped;
    this.unknown += unknown;
  }

  stats(queued: number): Stats {
    return {
      recorded: this.recorded,
      acknowledged: this.acknowledged,
      queued,
      spooled: this.spooled,
      dropped: this.dropped,
      unknown: this.unknown,
      rejected: this.rejected,
      hookErrors: this.hookErrors,
      internalErrors: this.internalErrors,
      queueTimeErrors: this.queueTimeErrors,
      recovered: this.recovered,
    };
  }
}

/** The counters where nothing is recorded: all 0. */
export const NO_STATS: Stats = Object.freeze(new Ledger().stats(0));

/** The ledger as a point of the measurement `delivery`. */
export function deliveryPoint(stats: Stats, atMs: number): Point {
  const { recorded, acknowledged, queued, spooled, dropped, unknown, rejected } = stats;
  const integers = { recorded, acknowledged, queued, spooled, dropped, unknown, rejected };
  return { measurement: 'delivery', integers, atMs };
}
