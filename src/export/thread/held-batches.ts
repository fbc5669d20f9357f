import type { Batch } from '../../record/batch.ts';
import type { Lines } from '../lines/lines.ts';

/** A batch whose result is not known: as columns until the delivery has encoded it, then as lines. */
export interface HeldBatch {
  readonly id: number;
  readonly rows: number;
  /** Of its columns and texts. */
  readonly bytes: number;
  batch: Batch | undefined;
  /** The delivery was given the columns. */
  posted: boolean;
  lines: Lines | undefined;
  /** Deliveries that died of an error while they were at it. */
  crashes: number;
}

/**
 * What the application's thread holds until it is told what became of it: so a worker that dies loses nothing, its
 * successor is given all of this.
 */
export class HeldBatches {
  /** In the order of their ids, which is the order of time. */
  readonly #held = new Map<number, HeldBatch>();
  readonly #free: (batch: Batch) => void;
  #lastId = 0;
  #rows = 0;
  /** Those that the delivery has not been given yet. */
  #waiting = new Set<HeldBatch>();
  #waitingBytes = 0;
  #posted = 0;
  #settledUpTo: { readonly id: number; readonly resolve: () => void }[] = [];

  /** @param free takes columns back that are not needed any more */
  constructor(free: (batch: Batch) => void) {
    this.#free = free;
  }

  get size(): number {
    return this.#held.size;
  }

  /** Requests in them. */
  get rows(): number {
    return this.#rows;
  }

  /** Batches that the delivery has been given and has not encoded yet. */
  get posted(): number {
    return this.#posted;
  }

  /** Batches that it has not been given yet. */
  get waiting(): number {
    return this.#waiting.size;
  }

  get waitingBytes(): number {
    return this.#waitingBytes;
  }

  add(batch: Batch): void {
    const { rows, bytes } = batch;
    const id = ++this.#lastId;
    const held = { id, rows, bytes, batch, posted: false, lines: undefined, crashes: 0 };
    this.#held.set(id, held);
    this.#rows += rows;
    this.#waiting.add(held);
    this.#waitingBytes += bytes;
  }

  get(id: number): HeldBatch | undefined {
    return this.#held.get(id);
  }

  /** All of them, oldest first. */
  all(): HeldBatch[] {
    return [...this.#held.values()];
  }

  /** The oldest that waits. */
  oldestWaiting(): HeldBatch | undefined {
    const [oldest] = this.#waiting;
    return oldest;
  }

  /** It is given to the delivery. */
  post(held: HeldBatch): void {
    held.posted = true;
    this.#posted++;
    this.#waiting.delete(held);
    this.#waitingBytes -= held.bytes;
  }

  /** What the delivery is at: it encodes the oldest that it was given, or else sends the oldest that it has encoded. */
  current(): HeldBatch | undefined {
    const all = this.all();
    return all.find(({ batch, posted }) => batch !== undefined && posted) ?? all.find(({ lines }) => lines);
  }

  /** The delivery died: what it had not encoded waits again. */
  unpost(): void {
    for (const held of this.#held.values()) {
      if (held.batch === undefined || !held.posted) continue;
      held.posted = false;
      this.#waitingBytes += held.bytes;
    }
    this.#posted = 0;
    this.#waiting = new Set(this.all().filter(({ batch }) => batch !== undefined)); // in the order of time
  }

  /** It is encoded: its columns are free. */
  encoded(held: HeldBatch, lines: Lines): void {
    held.lines = lines;
    this.#freeColumns(held);
  }

  /** Its result is known, or it is on disk. */
  remove(held: HeldBatch): void {
    if (!this.#held.delete(held.id)) return;
    this.#rows -= held.rows;
    this.#freeColumns(held);
    const [oldest] = this.#held.keys();
    this.#settledUpTo = this.#settledUpTo.filter(({ id, resolve }) => {
      const isOpen = oldest !== undefined && oldest <= id;
      if (!isOpen) resolve();
      return isOpen;
    });
  }

  /** Calls back when all that is held now is removed. */
  whenSettled(resolve: () => void): void {
    if (this.#held.size === 0) resolve();
    else this.#settledUpTo.push({ id: this.#lastId, resolve });
  }

  #freeColumns(held: HeldBatch): void {
    if (held.batch === undefined) return;
    if (held.posted) this.#posted--;
    if (this.#waiting.delete(held)) this.#waitingBytes -= held.bytes;
    this.#free(held.batch);
    held.batch = undefined;
  }
}
