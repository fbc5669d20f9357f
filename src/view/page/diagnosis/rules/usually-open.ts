import type { Rows } from '../../data/rows.ts';
import type { TagSets } from '../../data/tags.ts';
import { TOLERANCE_MS } from '../../stalls/across.ts';
import type { Band } from '../../stalls/band.ts';

/** Times at which is looked whether a request is open. */
const TIMES = 200;
/** The time before the first block and after the last one that counts as well, ms. */
const AROUND_MS = 5000;

/**
 * How much of the time beside the blocks of a loop a request of each endpoint is open in the same process, 0 to 1. A
 * request of a frequent route, or an event stream, is open across any block, whatever blocks the loop.
 */
export function usuallyOpen(
  blocks: readonly Band[],
  rows: Rows,
  sets: TagSets,
  endpoints: ReadonlySet<number>,
): ReadonlyMap<number, number> {
  const from = Math.min(...blocks.map((block) => block.from)) - AROUND_MS;
  const to = Math.max(...blocks.map((block) => block.to)) + AROUND_MS;
  const stepMs = (to - from) / TIMES;
  const beside = Array.from({ length: TIMES }, (_, i) => from + i * stepMs).map(
    (ms) => !blocks.some((block) => ms >= block.from - TOLERANCE_MS && ms <= block.to + TOLERANCE_MS),
  );
  const open = new Map([...endpoints].map((endpoint) => [endpoint, new Uint8Array(TIMES)]));
  const group = sets.groups.id(blocks[0]!.group);
  for (const block of rows.open(from, to)) {
    const { series } = block.chunk;
    for (let i = block.from; i < block.to; i++) {
      if (sets.group[series[i]!] !== group) continue;
      const times = open.get(sets.endpoint[series[i]!]!);
      if (times === undefined) continue;
      const first = Math.max(0, Math.ceil((block.start(i) - TOLERANCE_MS - from) / stepMs));
      const last = Math.min(TIMES - 1, Math.floor((block.end[i]! + TOLERANCE_MS - from) / stepMs));
      for (let time = first; time <= last; time++) times[time] = 1;
    }
  }
  const all = beside.filter(Boolean).length;
  return new Map(
    [...open].map(([endpoint, times]) => [
      endpoint,
      all === 0 ? 0 : times.filter((isOpen, i) => isOpen === 1 && beside[i]).length / all,
    ]),
  );
}
