import type { PendingWrite } from './pending-write.ts';

/** A FIFO queue that is bounded in bytes. On overflow, it drops the oldest writes that are not in flight. */
export class Queue {
  readonly #maxBytes: number;
  #pending: PendingWrite[] = [];
  #bytes = 0;
  #inFlight: PendingWrite | undefined;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get size(): number {
    return this.#pending.length;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get inFlight(): PendingWrite | undefined {
    return this.#inFlight;
  }

  has(pending: PendingWrite): boolean {
    return this.#pending.includes(pending);
  }

  /** Adds a write. Returns the writes that were dropped for it. */
  push(added: PendingWrite): PendingWrite[] {
    this.#pending.push(added);
    this.#bytes += added.bytes;
    const dropped: PendingWrite[] = [];
    while (this.#bytes > this.#maxBytes) {
      const oldest = this.#pending.find((pending) => pending !== this.#inFlight);
      if (oldest === undefined) break; // the write in flight alone exceeds the limit
      this.remove(oldest);
      dropped.push(oldest);
    }
    return dropped;
  }

  /** Adds a write that is in flight at once. It is not subject to the limit, because nothing else is to be sent. */
  start(added: PendingWrite): void {
    this.#pending.unshift(added);
    this.#bytes += added.bytes;
    this.#inFlight = added;
  }

  /** The oldest write. It is in flight from then on. */
  take(): PendingWrite | undefined {
    this.#inFlight = this.#pending[0];
    return this.#inFlight;
  }

  /** The write in flight stays in the queue, for another attempt. */
  release(): void {
    this.#inFlight = undefined;
  }

  remove(pending: PendingWrite): void {
    const at = this.#pending.indexOf(pending);
    if (at === -1) return;
    this.#pending.splice(at, 1);
    this.#bytes -= pending.bytes;
    if (this.#inFlight === pending) this.#inFlight = undefined;
  }

  /** All writes, oldest first; the one in flight only if `inFlight`. */
  waiting(inFlight: boolean): PendingWrite[] {
    return this.#pending.filter((pending) => inFlight || pending !== this.#inFlight);
  }
}
