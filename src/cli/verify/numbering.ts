import { Intervals } from './intervals.ts';

/** What the numbers of one thread show. */
export interface Numbering {
  readonly points: number;
  /** The same request twice: the same number at the same time. */
  readonly duplicates: number;
  /** A thread that was started again, under the same name, starts at 1 again. */
  readonly starts: number;
  readonly first: number;
  readonly last: number;
  readonly missing: number;
  /** Numbers up to this one may have been stored and expired: no ledger from before them is there. 0 if all are known. */
  readonly unknownUpTo: number;
  /** Of the missing numbers. */
  readonly firstMissing: number | undefined;
  readonly lastMissing: number | undefined;
}

/** A thread from its start to its end. */
interface Life {
  readonly numbers: Intervals;
  /** When its first point ended, ns since 1970. */
  readonly began: bigint;
}

/** The ledgers of a thread before a range of time, and at its end. */
export interface Ledgers {
  readonly before: ThreadLedger | undefined;
  readonly last: ThreadLedger | undefined;
}

/** A ledger of a thread, as a `delivery` point has it. */
export interface ThreadLedger {
  /** ns since 1970. */
  readonly time: bigint;
  readonly recorded: number;
  /** Queued or spooled when it was written: on the way. */
  readonly waiting: number;
  readonly dropped: number;
  readonly unknown: number;
  readonly rejected: number;
}

/**
 * The numbers of the requests of one thread. Each thread numbers its requests 1, 2, 3 ... in `sequence`, so what is
 * missing between two numbers was recorded and is not stored. Where a container has the same host name and process
 * number after each start, several threads have the same name, one after the other.
 */
export class ThreadNumbers {
  readonly #lives: Life[] = [];
  #points = 0;
  #duplicates = 0;
  #last: { readonly time: bigint; readonly sequence: number } | undefined;

  /** Points have to come in the order of time. */
  add(sequence: number, time: bigint): void {
    this.#points++;
    const isRepeated = this.#last?.time === time && this.#last.sequence === sequence;
    this.#last = { time, sequence };
    if (isRepeated) {
      this.#duplicates++;
      return;
    }
    const life = this.#lives.at(-1);
    if (life !== undefined && sequence !== 1 && life.numbers.add(sequence)) return;
    const numbers = new Intervals();
    numbers.add(sequence);
    this.#lives.push({ numbers, began: time });
  }

  result({ before, last: ledger }: Ledgers): Numbering {
    const missing: [from: number, to: number][] = [];
    const life = this.#lives.at(-1);
    const first = this.#lives[0]?.numbers.first ?? 0;
    const last = life?.numbers.last ?? 0;
    const recorded = ledger?.recorded ?? 0;

    // A thread that has started again counts from 1.
    const known = before === undefined ? 0 : before.recorded;
    const start = (life === undefined ? recorded : first) > known ? known : 0;
    const end = life === undefined ? recorded : first - 1;
    const isIdle = life === undefined && recorded === known;
    if (before !== undefined && end > start && !isIdle) missing.push([start + 1, end]);

    for (const [index, { numbers }] of this.#lives.entries()) {
      if (index > 0 && numbers.first > 1) missing.push([1, numbers.first - 1]);
      missing.push(...numbers.gaps());
    }
    if (life !== undefined && ledger !== undefined && ledger.time >= life.began && recorded > last)
      missing.push([last + 1, recorded]);
    return {
      points: this.#points,
      duplicates: this.#duplicates,
      starts: this.#lives.length,
      first,
      last,
      missing: missing.reduce((sum, [from, to]) => sum + to - from + 1, 0),
      unknownUpTo: before === undefined ? end : 0,
      firstMissing: missing[0]?.[0],
      lastMissing: missing.at(-1)?.[1],
    };
  }
}
