import type { RowRef, Rows } from '../data/rows.ts';
import type { TagSets } from '../data/tags.ts';
import type { Band } from './band.ts';

/** How far the times of requests and those of a band may differ, ms. */
export const TOLERANCE_MS = 12;

/** A request that was open during a band. */
export interface Across {
  readonly ref: RowRef;
  /** It began before the band and ended after it. */
  readonly whole: boolean;
  /** ms */
  readonly start: number;
  readonly end: number;
}

/**
 * The requests that were open during a band: those that began before it and ended after it first, of these the ones
 * that it explains best (their start is closest before it), then the others by the length of the overlap.
 */
export function across(
  rows: Rows,
  sets: TagSets,
  band: Band,
  most: number,
): { found: Across[]; total: number } {
  const group = band.group === '' ? -1 : sets.groups.id(band.group);
  const found: Across[] = [];
  for (const block of rows.open(band.from, band.to)) {
    const { series } = block.chunk;
    for (let index = block.from; index < block.to; index++) {
      if (group >= 0 && sets.group[series[index]!] !== group) continue;
      const end = block.end[index]!;
      if (end < band.from) continue;
      const start = block.start(index);
      if (start > band.to) continue;
      const whole = start <= band.from + TOLERANCE_MS && end >= band.to - TOLERANCE_MS;
      found.push({ ref: { block, index }, whole, start, end });
    }
  }
  const overlap = ({ start, end }: Across) => Math.min(end, band.to) - Math.max(start, band.from);
  found.sort(
    (a, b) => Number(b.whole) - Number(a.whole) || (a.whole ? b.start - a.start : overlap(b) - overlap(a)),
  );
  return { found: found.slice(0, most), total: found.length };
}
