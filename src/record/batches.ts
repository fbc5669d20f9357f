import { attempt } from '../safety/guard.ts';
import { Batch } from './batch.ts';
import { WallClock } from './wall-clock.ts';

/** Free batches that are kept; more are left to the garbage collector. */
const SPARE_BATCHES = 4;

/** The batch that is being filled, those that are free to be filled anew, and the clock of their timestamps. */
export class Batches {
  readonly #capacity: number;
  readonly #clock = new WallClock();
  readonly #spare: Batch[] = [];
  #lives = 0;
  current: Batch | undefined;

  /** @param capacity rows of each */
  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /**
   * Begins one.
   *
   * @param at monotonic ms, the end of its first request
   * @param sequence the number of that request
   */
  begin(at: number, sequence: number): Batch {
    const batch = this.#spare.pop() ?? new Batch(this.#capacity);
    const { wall, floor } = this.#clock.base(at);
    const { era } = this.#clock;
    batch.begin({ life: ++this.#lives, baseMs: at, wall, floor, era, sequence });
    this.current = batch;
    return batch;
  }

  /** Takes out the one that is being filled; the next request begins another. */
  take(): Batch | undefined {
    const batch = this.current;
    this.current = undefined;
    if (batch !== undefined) attempt('the clock of a batch', () => this.#clock.reserve(batch.lastWall));
    return batch;
  }

  free(batch: Batch): void {
    if (this.#spare.length < SPARE_BATCHES) this.#spare.push(batch);
  }

  /** Follows the wall clock. Returns true when it was stepped: the rows of a batch have one clock. */
  followClock(): boolean {
    return this.#clock.sync();
  }
}
