import { halve } from '../lines/lines.ts';
import type { PendingWrite } from '../queue/pending-write.ts';
import type { Verdict } from './judge.ts';

/** Enough for about twenty bad lines among 5000. */
const MAX_REFUSALS = 512;
const REDUCED_MAX_REFUSALS = 32;

/**
 * What an answer means for the lines that were sent. Lines that are refused or too many are halved, until those at fault
 * are alone: a database that stores nothing of a write with one bad line gets all the others.
 */
export class Bisector {
  readonly #most: number;
  /** Of the last lines that were refused, every one was: the next are not searched as thoroughly. */
  #refusesAll = false;

  /** @param most answers for lots of lines that were refused, after which what is left is rejected as it is */
  constructor(most: number = MAX_REFUSALS) {
    this.#most = most;
  }

  /** Applies the answer to the first lines, which is gone then, or is in two halves. */
  async apply(pending: PendingWrite, verdict: Exclude<Verdict, { kind: 'retry' }>): Promise<void> {
    const lines = pending.remaining.shift()!;
    if (verdict.kind === 'stored') {
      pending.acknowledged += lines.count;
      this.#refusesAll = false;
      return;
    }
    if (verdict.kind === 'partial') {
      const rejected = Math.min(verdict.lines, lines.count);
      pending.rejected += rejected;
      pending.acknowledged += lines.count - rejected;
      pending.reason ??= verdict.reason;
      this.#refusesAll = false;
      return;
    }
    // Lines that are too many cost nothing more than the write that they are too many for, once some have passed.
    if (verdict.kind === 'refused' || pending.acknowledged === 0) pending.refusals++;
    const most = this.#refusesAll ? Math.min(REDUCED_MAX_REFUSALS, this.#most) : this.#most;
    if (lines.count > 1 && pending.refusals < most) {
      pending.remaining.unshift(...(await halve(lines)));
      return;
    }
    // Only what is refused alone was looked at: the rest may have been stored by an earlier attempt all the same.
    if (pending.maybeStored && (verdict.kind === 'split' || lines.count > 1)) pending.unknown += lines.count;
    else pending.rejected += lines.count;
    pending.reason ??= verdict.reason;
    if (pending.rejected === pending.lines.count && pending.lines.count > 1) this.#refusesAll = true;
  }
}
