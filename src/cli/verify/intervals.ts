/** Whole numbers, kept as the intervals that they fill. */
export class Intervals {
  /** Disjoint and sorted: `[from, to, from, to, ...]`, both included. */
  readonly #bounds: number[] = [];

  /** Adds a number; returns false if it was there. */
  add(value: number): boolean {
    const bounds = this.#bounds;
    const last = bounds.at(-1);
    // The common case: numbers come in their order.
    if (last !== undefined && value === last + 1) {
      bounds[bounds.length - 1] = value;
      return true;
    }
    const at = this.#firstAfter(value);
    if (at < bounds.length && bounds[at]! <= value) return false;
    const joinsBefore = at > 0 && bounds[at - 1] === value - 1;
    const joinsAfter = at < bounds.length && bounds[at] === value + 1;
    if (joinsBefore && joinsAfter) bounds.splice(at - 1, 2);
    else if (joinsBefore) bounds[at - 1] = value;
    else if (joinsAfter) bounds[at] = value;
    else bounds.splice(at, 0, value, value);
    return true;
  }

  get first(): number {
    return this.#bounds[0] ?? 0;
  }

  get last(): number {
    return this.#bounds.at(-1) ?? 0;
  }

  /** The intervals between them, as `[from, to]`. */
  gaps(): [from: number, to: number][] {
    const gaps: [number, number][] = [];
    for (let i = 1; i + 1 < this.#bounds.length; i += 2)
      gaps.push([this.#bounds[i]! + 1, this.#bounds[i + 1]! - 1]);
    return gaps;
  }

  /** The index of the `from` of the first interval that does not end before `value`. */
  #firstAfter(value: number): number {
    let low = 0;
    let high = this.#bounds.length / 2;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#bounds[2 * middle + 1]! < value) low = middle + 1;
      else high = middle;
    }
    return 2 * low;
  }
}
