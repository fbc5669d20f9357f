import type { Rows } from '../../data/rows.ts';
import type { TagSets } from '../../data/tags.ts';
import { formatSeconds, formatTime } from '../../format.ts';
import { across } from '../../stalls/across.ts';
import type { Band } from '../../stalls/band.ts';
import { endpointName, type Finding, type Part } from '../finding.ts';
import { groupBy } from '../group-by.ts';

/** Shorter blocks are not named, s. */
const SHORTEST_S = 0.2;
/** While a process starts, it loads its code, which blocks its loop, ms. */
const START_MS = 5000;
/** The most blocks of a process that are examined: the longest. */
const MOST = 20;
const MAX_NAMED = 2;

/** Event loops that were blocked, by process, and the route of which a request was running across each block. */
export function blockedLoops(bands: readonly Band[], rows: Rows, sets: TagSets): Finding[] {
  const starts = bands.filter(({ kind }) => kind === 'start');
  const long = bands.filter(
    ({ kind, seconds, from, process }) =>
      kind === 'blocked' &&
      seconds >= SHORTEST_S &&
      !starts.some((start) => start.process === process && from - start.from < START_MS),
  );
  const byGroup = [...groupBy(long, ({ group }) => group)];
  const total = (group: readonly Band[]) => group.reduce((sum, { seconds }) => sum + seconds, 0);
  return byGroup
    .sort(([, a], [, b]) => total(b) - total(a))
    .slice(0, MAX_NAMED)
    .map(([group, own]) => findingOf(group, own, rows, sets));
}

function findingOf(group: string, own: readonly Band[], rows: Rows, sets: TagSets): Finding {
  const longest = own.reduce((a, b) => (b.seconds > a.seconds ? b : a));
  const at = formatTime(rows.wall(longest.from), 2);
  const times = own.length === 1 ? '' : ` ${own.length} times, the longest`;
  const { parts, endpoint } = suspect(own, rows, sets);
  const [method, route] = endpoint?.split('\n') ?? [];
  const margin = Math.max(1000, (longest.to - longest.from) * 2);
  return {
    rule: 'blocked',
    sentence: [
      `${at} the event loop of `,
      { name: group },
      ` was blocked${times} for ${formatSeconds(longest.seconds)}${parts.length === 0 ? '.' : '; '}`,
      ...parts,
    ],
    filter: { process: longest.process, ...(method && route && own.length > 1 ? { method, route } : {}) },
    span: own.length === 1 ? { from: longest.from - margin, to: longest.to + margin } : undefined,
  };
}

/** The route of which a request was running across most of the blocks; of several, the one that began last before them. */
function suspect(own: readonly Band[], rows: Rows, sets: TagSets): { parts: Part[]; endpoint?: string } {
  const located = own
    .filter(({ exact }) => exact)
    .sort((a, b) => b.seconds - a.seconds)
    .slice(0, MOST);
  const support = new Map<number, { blocks: number; beganMs: number }>();
  let together = 0;
  for (const band of located) {
    const { found } = across(rows, sets, band, 200);
    const seen = new Set<number>();
    for (const { ref, whole, start } of found) {
      if (!whole) continue;
      const endpoint = sets.endpoint[ref.block.chunk.series[ref.index]!]!;
      if (seen.has(endpoint)) continue;
      seen.add(endpoint);
      const known = support.get(endpoint) ?? { blocks: 0, beganMs: 0 };
      support.set(endpoint, {
        blocks: known.blocks + 1,
        // No request starts while the loop is blocked: what blocked it mostly began last.
        beganMs: known.beganMs + band.from - start,
      });
    }
    if (seen.size > 1) together++;
  }
  const [best, next] = [...support].sort(
    ([, a], [, b]) => b.blocks - a.blocks || a.beganMs / a.blocks - b.beganMs / b.blocks,
  );
  if (best === undefined) return { parts: [] };
  const [id, { blocks }] = best;
  const endpoint = sets.endpoints.names[id]!;
  const name = { name: endpointName(endpoint) };
  const where =
    located.length === 1
      ? 'it'
      : blocks === located.length
        ? 'each of them'
        : `${blocks} of ${located.length}`;
  if (next === undefined)
    return { parts: [name, ` was the only route with a request running across ${where}.`], endpoint };
  const rest = together > 0 ? ', and others waited across it' : '';
  const which = located.length === 1 ? `began right before it${rest}` : `was running across ${where}`;
  return { parts: [name, ` ${which}.`], endpoint };
}
