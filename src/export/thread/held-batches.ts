import type { Batch } from '../../record/batch.ts';
import type { Lines } from '../lines/lines.ts';

/** A batch without a result: as columns until the worker has encoded it, then as lines. */
export interface HeldBatch {
  readonly id: number;
  readonly rows: number;
  /** Size of its columns and texts. */
  readonly bytes: number;
  batch: Batch | undefined;
  /** The columns were posted to the worker. */
  posted: boolean;
  lines: Lines | undefined;
  /** The number of workers that crashed during this batch. */
  crashes: number;
}

/**
 * The batches that the main thread holds until their result is known. If a worker dies, the next one gets all of
 * them, so nothing is lost.
 */
export class HeldBatches {
  /** In the order of their ids, which is the order of time. */
  readonly #held = new Map<number, HeldBatch>();
  readonly #free: (batch: Batch) => void;
  #lastId = 0;
  #rows = 0;
  /** Batches that were not posted yet. */
  #waiting = new Set<HeldBatch>();
  #waitingBytes = 0;
  #posted = 0;
  #settledUpTo: { readonly id: number; readonly resolve: () => void }[] = [];

  /** @param free takes back columns that can be reused */
  constructor(free: (batch: Batch) => void) {
    this.#free = free;
  }

  get size(): number {
    return this.#held.size;
  }

  /** Requests in all batches. */
  get rows(): number {
    return this.#rows;
  }

  /** Number of batches that were posted and are not encoded yet. */
  get posted(): number {
    return this.#posted;
  }

  /** Number of batches that were not posted yet. */
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

  /** All batches, oldest first. */
  all(): HeldBatch[] {
    return [...this.#held.values()];
  }

  /** The oldest batch that was not posted. */
  oldestWaiting(): HeldBatch | undefined {
    const [oldest] = this.#waiting;
    return oldest;
  }

  /** Marks a batch as posted. */
  post(held: HeldBatch): void {
    held.posted = true;
    this.#posted++;
    this.#waiting.delete(held);
    this.#waitingBytes -= held.bytes;
  }

  /** The batch that the worker processes: it encodes the oldest posted batch, or else sends the oldest encoded one. */
  current(): HeldBatch | undefined {
    const all = this.all();
    return all.find(({ batch, posted }) => batch !== undefined && posted) ?? all.find(({ lines }) => lines);
  }

  /** The worker has died. Batches that it had not encoded are to be posted again. */
  unpost(): void {
    for (const held of this.#held.values()) {
      if (held.batch === undefined || !held.posted) continue;
      held.posted = false;
      this.#waitingBytes += held.bytes;
    }
    this.#posted = 0;
    this.#waiting = new Set(this.all().filter(({ batch }) => batch !== undefined)); // in the order of time
  }

  /** The batch is encoded, so its columns can be reused. */
  encoded(held: HeldBatch, lines: Lines): void {
    held.lines = lines;
    this.#freeColumns(held);
  }

  /** Removes a batch that has a result, or is on disk. */
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

  /** Calls back when all current batches are removed. */
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
