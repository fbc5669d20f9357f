/**
 * The smallest value that at least the share `q` of all values does not exceed (nearest rank); NaN if there are none.
 *
 * @param sorted in ascending order
 * @param q from 0 to 1
 */
export function quantile(sorted: ArrayLike<number>, q: number): number {
  const { length } = sorted;
  if (length === 0) return Number.NaN;
  const rank = Math.ceil(q * length - 1e-9); // 0.99 * 100 is more than 99 in floating point
  return sorted[Math.min(length, Math.max(1, rank)) - 1]!;
}

/** The middle value, or the mean of the two in the middle; NaN if there are none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  if (sorted.length === 0) return Number.NaN;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

export function mean(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]!;
  return values.length === 0 ? Number.NaN : sum / values.length;
}
