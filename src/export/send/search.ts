import { halve } from '../lines/lines.ts';
import type { Pending } from '../queue/pending.ts';
import type { Verdict } from './judge.ts';

/** Enough for about twenty bad lines among 5000. */
const MAX_REFUSALS = 512;
const REDUCED_MAX_REFUSALS = 32;

/**
 * What an answer means for the lines that were sent. Lines that are refused or too many are halved, until those at fault
 * are alone: a database that stores nothing of a write with one bad line gets all the others.
 */
export class Search {
  readonly #most: number;
  /** Of the last lines that were refused, every one was: the next are not searched as thoroughly. */
  #refusesAll = false;

  /** @param most answers for lots of lines that were refused, after which what is left is rejected as it is */
  constructor(most: number = MAX_REFUSALS) {
    this.#most = most;
  }

  /** Applies the answer to the first part, which is gone then, or is in two halves. */
  async apply(pending: Pending, verdict: Exclude<Verdict, { kind: 'retry' }>): Promise<void> {
    const part = pending.parts.shift()!;
    if (verdict.kind === 'stored') {
      pending.acknowledged += part.count;
      this.#refusesAll = false;
      return;
    }
    if (verdict.kind === 'partial') {
      const rejected = Math.min(verdict.lines, part.count);
      pending.rejected += rejected;
      pending.acknowledged += part.count - rejected;
      pending.reason ??= verdict.reason;
      this.#refusesAll = false;
      return;
    }
    // Lines that are too many cost nothing more than the write that they are too many for, once some have passed.
    if (verdict.kind === 'refused' || pending.acknowledged === 0) pending.refusals++;
    const most = this.#refusesAll ? Math.min(REDUCED_MAX_REFUSALS, this.#most) : this.#most;
    if (part.count > 1 && pending.refusals < most) {
      pending.parts.unshift(...(await halve(part)));
      return;
    }
    // Only what is refused alone was looked at: the rest may have been stored by an earlier attempt all the same.
    if (pending.uncertain && (verdict.kind === 'split' || part.count > 1)) pending.unknown += part.count;
    else pending.rejected += part.count;
    pending.reason ??= verdict.reason;
    if (pending.rejected === pending.lines.count && pending.lines.count > 1) this.#refusesAll = true;
  }
}
