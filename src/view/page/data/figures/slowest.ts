import type { Block, RowRef } from '../rows.ts';

/** The most requests that are marked as the slowest. */
export const MAX_SLOWEST = 100;
/** Of few requests, only a part is marked: one of so many. */
const ONE_OF = 50;

/** Finds the slowest requests. */
export class Slowest {
  /** The slowest first; one more than are marked, to find ties. */
  readonly #refs: RowRef[] = [];
  readonly #seconds: number[] = [];
  #least = -1;

  add(block: Block, index: number, seconds: number): void {
    if (seconds <= this.#least) return;
    let [low, high] = [0, this.#seconds.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#seconds[middle]! >= seconds) low = middle + 1;
      else high = middle;
    }
    this.#seconds.splice(low, 0, seconds);
    this.#refs.splice(low, 0, { block, index });
    if (this.#seconds.length <= MAX_SLOWEST) return;
    this.#seconds.length = MAX_SLOWEST + 1;
    this.#refs.length = MAX_SLOWEST + 1;
    this.#least = this.#seconds[MAX_SLOWEST]!;
  }

  /**
   * The slowest of `count` requests, slowest first. Each of them took longer than every other request: of requests that
   * took equally long, all or none are in it.
   */
  of(count: number): readonly RowRef[] {
    const most = Math.min(MAX_SLOWEST, Math.ceil(count / ONE_OF));
    if (this.#refs.length <= most) return this.#refs;
    const next = this.#seconds[most]!;
    return this.#refs.slice(0, most).filter((_, i) => this.#seconds[i]! > next);
  }
}
