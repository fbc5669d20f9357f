/** The shortest time without requests that is shown, ms. */
const SHORTEST_MS = 2000;
/** So many requests were to be expected in that time, at the rate of the others. */
const MIN_EXPECTED = 20;

interface Buckets {
  readonly ms: number;
  readonly from: number;
  readonly count: Uint32Array;
}

/**
 * The times in which nothing at all was recorded, although requests were to be expected. Only whole intervals between
 * the first and the last request count: what comes before or after them may be no part of the record.
 */
export function silences({ ms, from, count }: Buckets): { from: number; to: number }[] {
  const first = count.findIndex((n) => n > 0);
  let last = count.length - 1;
  while (last > first && count[last] === 0) last--;
  if (first < 0) return [];
  let busy = 0;
  let sum = 0;
  for (let i = first; i <= last; i++) {
    sum += count[i]!;
    if (count[i]! > 0) busy++;
  }
  const perMs = sum / (busy * ms);
  const found: { from: number; to: number }[] = [];
  for (let i = first; i <= last; i++) {
    if (count[i]! > 0) continue;
    const start = i;
    while (count[i] === 0) i++;
    const length = (i - start) * ms;
    if (length >= SHORTEST_MS && length * perMs >= MIN_EXPECTED)
      found.push({ from: from + start * ms, to: from + i * ms });
  }
  return found;
}
