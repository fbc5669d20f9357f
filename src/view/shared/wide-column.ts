/**
 * Whole numbers that mostly have few bits. The low bits are in one column. The high bits are in another one, which is
 * seldom written and so takes no memory.
 */
export class WideColumn {
  readonly low: Uint32Array | Uint16Array;
  readonly high: Uint16Array | Uint8Array;
  /** The greatest number that it can store. */
  readonly max: number;
  readonly #none: number;
  readonly #base: number;

  /** @param none the result of {@link get} for unset elements: 0, or -1 if 0 is a value */
  constructor(low: Uint32Array | Uint16Array, high: Uint16Array | Uint8Array, none: 0 | -1) {
    this.low = low;
    this.high = high;
    this.#none = none;
    this.#base = 2 ** (8 * low.BYTES_PER_ELEMENT);
    this.max = this.#base * 2 ** (8 * high.BYTES_PER_ELEMENT) - 1 + none;
  }

  get(index: number): number {
    return this.low[index]! + this.high[index]! * this.#base + this.#none;
  }

  set(index: number, value: number): void {
    const kept = value - this.#none;
    if (kept < this.#base) this.low[index] = kept;
    else {
      this.low[index] = kept % this.#base;
      this.high[index] = Math.floor(kept / this.#base);
    }
  }
}
