// Percentiles by selection: exact, and linear in the number of values.

/** Index of the percentile `p` (0..1) among `count` sorted values, by nearest rank. */
export function rankOf(count: number, p: number): number {
  return Math.max(0, Math.ceil(p * count) - 1);
}

/**
 * The value at `rank` if `values[from..to)` were sorted. Partitions that part: values before `rank` are not greater,
 * values after it not smaller. So the next call needs to look at one side only.
 */
export function select(values: Float64Array, from: number, to: number, rank: number): number {
  let left = from;
  let right = to - 1;
  while (left < right) {
    const pivot = medianOfThree(values[left]!, values[(left + right) >>> 1]!, values[right]!);
    let i = left;
    let j = right;
    while (i <= j) {
      while (values[i]! < pivot) i++;
      while (values[j]! > pivot) j--;
      if (i > j) break;
      const value = values[i]!;
      values[i++] = values[j]!;
      values[j--] = value;
    }
    if (rank <= j) right = j;
    else if (rank >= i) left = i;
    else break;
  }
  return values[rank]!;
}

function medianOfThree(a: number, b: number, c: number): number {
  return Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
}

/** The given percentiles (0..1, ascending) of `values[from..to)`, which is reordered. NaN without values. */
export function percentiles(values: Float64Array, from: number, to: number, ps: readonly number[]): number[] {
  let left = from;
  return ps.map((p) => {
    if (from === to) return Number.NaN;
    const rank = from + rankOf(to - from, p);
    const value = select(values, left, to, rank);
    left = rank;
    return value;
  });
}
