import type { Point } from './point.ts';

/** What became of lines, and why some of them were not stored. */
export interface Fate {
  /** Confirmed by the destination. */
  readonly acknowledged: number;
  /** Refused by it for good. */
  readonly rejected: number;
  /** Discarded and never sent. */
  readonly dropped: number;
  /** Given up after an attempt whose outcome is not known. */
  readonly unknown: number;
  readonly reason: string | undefined;
}

/** Lines that are given up: `uncertain` if an attempt may have stored them without our knowing. */
export function givenUp(count: number, reason: string, uncertain = false): Fate {
  const [dropped, unknown] = uncertain ? [0, count] : [count, 0];
  return { acknowledged: 0, rejected: 0, dropped, unknown, reason };
}

/**
 * What became of every request, in lines of `raw-requests`. At every moment
 * `recorded = acknowledged + queued + spooled + dropped + unknown + rejected`.
 */
export interface Stats {
  /** Requests recorded. Equals the last `sequence` written. */
  readonly recorded: number;
  /** Confirmed by the database. */
  readonly acknowledged: number;
  /** On their way, in memory. */
  readonly queued: number;
  /** On their way, on disk. */
  readonly spooled: number;
  /** Discarded and never sent. */
  readonly dropped: number;
  /** Given up after an attempt whose outcome is not known. */
  readonly unknown: number;
  /** Refused by the database for good. */
  readonly rejected: number;
  /**
   * Times that a function of the user's (`ignore`, `route`, `requestTags`, `logger`) threw or answered with what is no
   * answer; the request was recorded without it. Not a part of the sum.
   */
  readonly hookErrors: number;
  /** Errors within this library that the application did not notice; the log has the first of each kind. Not a part of the sum. */
  readonly internalErrors: number;
  /** Proxies' headers that held no time that can be true: such a request has no `queue_time`. Not a part of the sum. */
  readonly queueTimeErrors: number;
  /** Requests of processes that died, delivered from the spool. Not a part of the sum. */
  readonly recovered: number;
}

/** Counts what was recorded and what became of it; what is neither is queued. */
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

  settle({ acknowledged, rejected, dropped, unknown }: Fate): void {
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

/** Where nothing is recorded. */
export const NO_STATS: Stats = Object.freeze(new Ledger().stats(0));

/** The ledger as a point of the measurement `delivery`. */
export function deliveryPoint(stats: Stats, atMs: number): Point {
  const { recorded, acknowledged, queued, spooled, dropped, unknown, rejected } = stats;
  const integers = { recorded, acknowledged, queued, spooled, dropped, unknown, rejected };
  return { measurement: 'delivery', integers, atMs };
}
