import { attempt } from '../safety/guard.ts';
import { Batch } from './batch.ts';
import { WallClock } from './wall-clock.ts';

/** The most free batches that are kept for reuse; the garbage collector frees the others. */
const SPARE_BATCHES = 4;

/** The batch that is being filled, free batches for reuse, and the clock of their timestamps. */
export class Batches {
  readonly #capacity: number;
  readonly #clock = new WallClock();
  readonly #spare: Batch[] = [];
  #generations = 0;
  current: Batch | undefined;

  /** @param capacity rows per batch */
  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /**
   * Begins a new current batch.
   *
   * @param at monotonic ms, the end of its first request
   * @param sequence the number of that request
   */
  begin(at: number, sequence: number): Batch {
    const batch = this.#spare.pop() ?? new Batch(this.#capacity);
    const { wall, floor } = this.#clock.base(at);
    const { era } = this.#clock;
    batch.begin({ generation: ++this.#generations, baseMs: at, wall, floor, era, sequence });
    this.current = batch;
    return batch;
  }

  /** Removes and returns the current batch. The next request begins another one. */
  take(): Batch | undefined {
    const batch = this.current;
    this.current = undefined;
    if (batch !== undefined) attempt('the clock of a batch', () => this.#clock.reserve(batch.lastWall));
    return batch;
  }

  free(batch: Batch): void {
    if (this.#spare.length < SPARE_BATCHES) this.#spare.push(batch);
  }

  /** Follows the wall clock. Returns true when it was stepped; the current batch must then end, since its base is fixed. */
  followClock(): boolean {
    return this.#clock.sync();
  }
}
