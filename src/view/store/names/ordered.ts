/** Something that was added to a store, as the how manieth of its kind. */
export interface Ordered {
  /** From 1. */
  readonly order: number;
  /** Characters that tell it. */
  readonly size: number;
}

/** Of things in the order in which they were added, those after the first `order`: as many as `size` characters tell. */
export function since<T extends Ordered>(all: Iterable<T>, order: number, size: number): T[] {
  const found: T[] = [];
  let left = size;
  for (const one of all) {
    if (one.order <= order) continue;
    if (left <= 0) break;
    left -= one.size;
    found.push(one);
  }
  return found;
}
