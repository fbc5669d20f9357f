import { type Matcher, matches } from '../../view/page/data/filter.ts';
import type { Rows } from '../../view/page/data/rows.ts';
import type { Span } from '../../view/page/data/scale.ts';
import type { TagSets } from '../../view/page/data/tags.ts';

/** The requests in flight of a process, and of a thread if it is not the main one. */
export interface InFlight {
  readonly name: string;
  /** Requests that ended within the span. */
  readonly count: number;
  /** Requests in flight, averaged over the span. */
  readonly mean: number;
  /** The same for each {@link PARTS}th of the span. */
  readonly parts: Float64Array;
}

/** Parts of the span. */
export const PARTS = 30;

/** The requests in flight are the time that requests took, by the time that passed (Little's law). */
export function inFlight(rows: Rows, sets: TagSets, { from, to }: Span, matcher: Matcher): InFlight[] {
  const partMs = (to - from) / PARTS;
  const found = new Map<number, { count: number; parts: Float64Array }>();
  for (const block of rows.open(from, to)) {
    for (let i = block.from; i < block.to; i++) {
      const [start, end] = [block.start(i), block.end[i]!];
      if (end < from || start >= to || !matches(matcher, block, i)) continue;
      const id = sets.group[block.chunk.series[i]!]!;
      let group = found.get(id);
      if (group === undefined) {
        group = { count: 0, parts: new Float64Array(PARTS) };
        found.set(id, group);
      }
      if (end < to) group.count++;
      const last = Math.min(PARTS - 1, Math.floor((end - from) / partMs));
      for (let part = Math.max(0, Math.floor((start - from) / partMs)); part <= last; part++) {
        const partFrom = from + part * partMs;
        group.parts[part]! += Math.min(end, partFrom + partMs) - Math.max(start, partFrom);
      }
    }
  }
  return [...found].map(([id, { count, parts }]) => ({
    name: sets.groups.names[id]!,
    count,
    mean: parts.reduce((sum, ms) => sum + ms, 0) / (to - from),
    parts: parts.map((ms) => ms / partMs),
  }));
}
