/** An entry of a store, with its position in the position of additions. */
export interface Positioned {
  /** From 1. */
  readonly position: number;
  /** The number of characters that it takes in the feed. */
  readonly size: number;
}

/** The entries after position `position`, in the position of additions, up to about `size` characters. */
export function addedAfter<T extends Positioned>(all: Iterable<T>, position: number, size: number): T[] {
  const found: T[] = [];
  let left = size;
  for (const one of all) {
    if (one.position <= position) continue;
    if (left <= 0) break;
    left -= one.size;
    found.push(one);
  }
  return found;
}
