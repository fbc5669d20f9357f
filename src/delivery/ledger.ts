import type { Fate } from '../record/protocol.ts';

/**
 * What became of every request, in lines of `raw-requests`. At every moment
 * `recorded = acknowledged + queued + dropped + unknown + rejected`.
 */
export interface Stats {
  /** Requests recorded. Equals the last `sequence` written. */
  readonly recorded: number;
  /** Confirmed by the database. */
  readonly acknowledged: number;
  /** On their way. */
  readonly queued: number;
  /** Discarded and never sent. */
  readonly dropped: number;
  /** Given up after an attempt whose outcome is not known. */
  readonly unknown: number;
  /** Refused by the database for good. */
  readonly rejected: number;
  /** Times that `route` or `requestTags` threw; the request was recorded without them. Not a part of the sum. */
  readonly hookErrors: number;
}

/** Counts what was recorded and what became of it; what is neither is queued. */
export class Ledger {
  recorded = 0;
  acknowledged = 0;
  dropped = 0;
  unknown = 0;
  rejected = 0;
  hookErrors = 0;

  settle({ acknowledged, rejected, dropped, unknown }: Fate): void {
    this.acknowledged += acknowledged;
    this.rejected += rejected;
    this.dropped += dropped;
    this.unknown += unknown;
  }

  stats(queued: number): Stats {
    const { recorded, acknowledged, dropped, unknown, rejected, hookErrors } = this;
    return { recorded, acknowledged, queued, dropped, unknown, rejected, hookErrors };
  }
}
