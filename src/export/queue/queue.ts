import type { Fate, Parcel } from '../../record/protocol.ts';
import type { SpoolEntry } from '../spool/spool.ts';
import type { Part } from './part.ts';

/** What a parcel costs in memory besides its body, on both threads together. */
const OVERHEAD_BYTES = 1024;

/** A parcel on its way, with what its attempts have come to so far. */
export class Pending {
  readonly parcel: Parcel;
  /** What is still to be sent: at first all of it as one part. */
  readonly parts: Part[];
  /** Requests made for it. */
  attempts = 0;
  acknowledged = 0;
  rejected = 0;
  /** Given up without a word on whether an earlier attempt stored them. */
  unknown = 0;
  /** An attempt may have stored some of the rest without our knowing. */
  uncertain: boolean;
  /** Why some of it was not stored. */
  reason: string | undefined;
  /** Where it comes from, if not from memory. */
  readonly entry: SpoolEntry | undefined;

  constructor(parcel: Parcel, uncertain: boolean, entry?: SpoolEntry) {
    this.parcel = parcel;
    this.parts = [parcel];
    this.uncertain = uncertain;
    this.entry = entry;
  }

  get bytes(): number {
    return this.parcel.body.byteLength + OVERHEAD_BYTES;
  }

  /** Nothing of it has met its fate yet. */
  get whole(): boolean {
    return this.acknowledged + this.rejected + this.unknown === 0;
  }

  /** What becomes of its lines when it is not sent any further. */
  get fate(): Fate {
    const { acknowledged, rejected, unknown, uncertain } = this;
    const rest = this.parcel.lines - acknowledged - rejected - unknown;
    const [dropped, given] = uncertain ? [0, rest] : [rest, 0];
    return { acknowledged, rejected, dropped, unknown: unknown + given };
  }
}

/** First in, first out, bounded in bytes. Overflow discards the oldest parcel that is not in flight. */
export class Queue {
  readonly #maxBytes: number;
  readonly #pending: Pending[] = [];
  #bytes = 0;
  #inFlight: Pending | undefined;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get size(): number {
    return this.#pending.length;
  }

  /** Adds a parcel; returns those that had to go for it. */
  push(added: Pending): Pending[] {
    this.#pending.push(added);
    this.#bytes += added.bytes;
    const gone: Pending[] = [];
    while (this.#bytes > this.#maxBytes) {
      const oldest = this.#pending[0] === this.#inFlight ? 1 : 0;
      const [pending] = this.#pending.splice(oldest, 1);
      if (pending === undefined) break; // the one in flight alone exceeds the bound
      this.#bytes -= pending.bytes;
      gone.push(pending);
    }
    return gone;
  }

  /** The oldest parcel, from now on in flight. */
  take(): Pending | undefined {
    this.#inFlight = this.#pending[0];
    return this.#inFlight;
  }

  /** The parcel in flight has met its fate. */
  settle(): void {
    const pending = this.#pending.shift();
    this.#bytes -= pending?.bytes ?? 0;
    this.#inFlight = undefined;
  }

  /** Takes out those for which `which` says so; the one in flight only if asked to. */
  remove(which: (pending: Pending) => boolean, inFlight: boolean): void {
    const kept = this.#pending.filter((pending) => {
      if ((pending === this.#inFlight && !inFlight) || !which(pending)) return true;
      this.#bytes -= pending.bytes;
      return false;
    });
    this.#pending.splice(0, this.#pending.length, ...kept);
  }

  /** The parcel in flight stays, to be tried again. */
  release(): void {
    this.#inFlight = undefined;
  }
}
