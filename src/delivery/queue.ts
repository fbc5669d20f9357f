import type { Parcel } from '../record/protocol.ts';

/** A parcel on its way, with what its attempts have left open. */
export interface Pending {
  readonly parcel: Parcel;
  /** An attempt may have stored it without our knowing. */
  uncertain: boolean;
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
    this.#bytes += added.parcel.body.byteLength;
    const gone: Pending[] = [];
    while (this.#bytes > this.#maxBytes) {
      const oldest = this.#pending[0] === this.#inFlight ? 1 : 0;
      const [pending] = this.#pending.splice(oldest, 1);
      if (pending === undefined) break; // the one in flight alone exceeds the bound
      this.#bytes -= pending.parcel.body.byteLength;
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
    this.#bytes -= pending?.parcel.body.byteLength ?? 0;
    this.#inFlight = undefined;
  }

  /** The parcel in flight stays, to be tried again. */
  release(): void {
    this.#inFlight = undefined;
  }
}
