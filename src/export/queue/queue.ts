import type { PendingWrite } from './pending-write.ts';

/** First in, first out, bounded in bytes. Overflow discards the oldest lines that are not in flight. */
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

  /** Adds lines; returns those that had to go for them. */
  push(added: PendingWrite): PendingWrite[] {
    this.#pending.push(added);
    this.#bytes += added.bytes;
    const gone: PendingWrite[] = [];
    while (this.#bytes > this.#maxBytes) {
      const oldest = this.#pending.find((pending) => pending !== this.#inFlight);
      if (oldest === undefined) break; // what is in flight exceeds the bound alone
      this.remove(oldest);
      gone.push(oldest);
    }
    return gone;
  }

  /** Adds lines that are in flight at once, and so are not subject to the bound: it has nothing else to send. */
  start(added: PendingWrite): void {
    this.#pending.unshift(added);
    this.#bytes += added.bytes;
    this.#inFlight = added;
  }

  /** The oldest lines, from now on in flight. */
  take(): PendingWrite | undefined {
    this.#inFlight = this.#pending[0];
    return this.#inFlight;
  }

  /** The lines in flight stay, to be tried again. */
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

  /** Those that wait, oldest first; the one in flight only if asked for. */
  waiting(inFlight: boolean): PendingWrite[] {
    return this.#pending.filter((pending) => inFlight || pending !== this.#inFlight);
  }
}
