/** A part of time, ms after the base. */
export interface Located {
  readonly from: number;
  readonly to: number;
  /** Whether the loop was blocked from `from` to `to`. If not, it was blocked at some time between them. */
  readonly exact: boolean;
}

/** The loop's delay is measured in steps of this, ms. */
const RESOLUTION_MS = 10;
/** A block is in place if the time without events exceeds it by at most this share, or by a few steps. */
const SLACK = 0.25;

/**
 * Finds the time at which an event loop was blocked for `lengthMs`. The measurement says only in which period it was.
 * While a loop is blocked, no request of its thread starts or ends. So the block is in a time without such events.
 *
 * @param events times at which requests of the thread started or ended
 * @param taken times in which the loop was blocked for other measurements
 */
export function locate(
  events: readonly number[],
  from: number,
  to: number,
  lengthMs: number,
  taken: readonly { readonly from: number; readonly to: number }[] = [],
): Located {
  // A block that ends with the period may be measured in the next one.
  const low = from - lengthMs - 2 * RESOLUTION_MS;
  const high = to + 2 * RESOLUTION_MS;
  const times = [low, ...events.filter((time) => time > low && time < high).sort((a, b) => a - b), high];
  const gaps: { from: number; to: number }[] = [];
  for (let i = 1; i < times.length; i++) {
    const gap = { from: times[i - 1]!, to: times[i]! };
    const isTaken = taken.some(
      (other) => Math.min(other.to, gap.to) - Math.max(other.from, gap.from) > RESOLUTION_MS,
    );
    if (gap.to - gap.from >= lengthMs - RESOLUTION_MS && !isTaken) gaps.push(gap);
  }
  const unknown = { from: Math.max(low, from - lengthMs), to: Math.min(high, to), exact: false };
  if (gaps.length === 0 || times.length === 2) return unknown;
  const fits = (gap: { from: number; to: number }) =>
    gap.to - gap.from - lengthMs <= Math.max(5 * RESOLUTION_MS, SLACK * lengthMs);
  const only = gaps[0]!;
  if (gaps.length > 1) return { from: only.from, to: gaps.at(-1)!.to, exact: false };
  // What waited for the loop goes on when it is free: the first event after the gap is the end of the block.
  return fits(only)
    ? { from: Math.max(only.from, only.to - lengthMs), to: only.to, exact: true }
    : { ...only, exact: false };
}
