import { areInOneShard, halve, type Lines } from '../lines/lines.ts';
import type { PendingWrite } from '../queue/pending-write.ts';
import type { Verdict } from './judge.ts';

/** Enough for about twenty invalid lines among 5000. */
const MAX_REFUSALS = 512;
const REDUCED_MAX_REFUSALS = 32;

/**
 * Applies a verdict to the lines that were sent. Lines that are refused or too large are halved until the invalid
 * ones are alone. So a database that stores nothing of a write with one invalid line gets all the others.
 */
export class Bisector {
  readonly #maxRefusals: number;
  readonly #unit: bigint;
  /** Every line of the last refused write was refused, so the next one gets fewer attempts. */
  #refusesAll = false;

  /**
   * @param maxRefusals the number of refusals of one write, after which its remaining lines are rejected without
   * further attempts
   * @param unit ns of the unit of the timestamps
   */
  constructor(maxRefusals: number = MAX_REFUSALS, unit = 1n) {
    this.#maxRefusals = maxRefusals;
    this.#unit = unit;
  }

  /**
   * Applies the verdict to the first of the remaining lines. They are then settled, or replaced by their two halves.
   */
  async apply(pending: PendingWrite, verdict: Exclude<Verdict, { kind: 'retry' }>): Promise<void> {
    const lines = pending.remaining.shift()!;
    if (verdict.kind === 'stored') {
      pending.acknowledged += lines.count;
      this.#refusesAll = false;
      return;
    }
    const limit = this.#refusesAll ? Math.min(REDUCED_MAX_REFUSALS, this.#maxRefusals) : this.#maxRefusals;
    const isLast = pending.refusals + 1 >= limit;
    if (verdict.kind === 'partial' && (isLast || (await this.#isComplete(lines, verdict)))) {
      const rejected = Math.min(verdict.lines, lines.count);
      pending.rejected += rejected;
      pending.acknowledged += lines.count - rejected;
      pending.reason ??= verdict.reason;
      this.#refusesAll = false;
      return;
    }
    // Once some lines were stored, a split is not a refusal: it only makes the writes smaller.
    if (verdict.kind !== 'split' || pending.acknowledged === 0) pending.refusals++;
    if (lines.count > 1 && pending.refusals < limit) {
      pending.remaining.unshift(...(await halve(lines)));
      return;
    }
    // Only single lines were judged. An earlier attempt may have stored the others.
    if (pending.maybeStored && (verdict.kind === 'split' || lines.count > 1)) pending.unknown += lines.count;
    else pending.rejected += lines.count;
    pending.reason ??= verdict.reason;
    if (pending.rejected === pending.lines.count && pending.lines.count > 1) this.#refusesAll = true;
  }

  /**
   * Whether the number of a partial write counts all of its lines that were not stored. InfluxDB 1.x and 2.x report the
   * first error of one shard, with the lines of that shard alone: those that another shard refused, or that are
   * beyond the retention policy, are not among them. Only where all shards stored their lines it reports the latter.
   */
  async #isComplete(lines: Lines, verdict: Extract<Verdict, { kind: 'partial' }>): Promise<boolean> {
    const isKnown = verdict.isComplete || verdict.lines >= lines.count || lines.count === 1;
    return isKnown || (await areInOneShard(lines, this.#unit));
  }
}
