import type { Rows } from '../../data/rows.ts';
import type { TagSets } from '../../data/tags.ts';
import { formatSeconds, formatTime } from '../../format.ts';
import { across } from '../../stalls/across.ts';
import type { Band } from '../../stalls/band.ts';
import { endpointName, type Finding, type Part } from '../finding.ts';
import { groupBy } from '../group-by.ts';
import { usuallyOpen } from './usually-open.ts';

/** Shorter blocks are not named, s. */
const SHORTEST_S = 0.2;
/** While a process starts, it loads its code, which blocks its loop, ms. */
const START_MS = 5000;
/** The most blocks of a process that are examined: the longest. */
const MOST = 20;
const MAX_NAMED = 2;
/** The most requests across a block that are examined. */
const MOST_ACROSS = 200;
/** A route that explains less of the blocked time is not named, 0 to 1. */
const MIN_SCORE = 0.4;
const ABOUT_AS_MUCH = 0.8;

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

/**
 * The route that explains most of the blocked time: a request of it was running across the block, which is unusual
 * beside the blocks. Of several that explain about as much, the one that began last before them.
 */
function suspect(own: readonly Band[], rows: Rows, sets: TagSets): { parts: Part[]; endpoint?: string } {
  const located = own
    .filter(({ exact }) => exact)
    .sort((a, b) => b.seconds - a.seconds)
    .slice(0, MOST);
  const support = new Map<number, Support>();
  for (const band of located) {
    const seen = new Set<number>();
    for (const { ref, whole, start } of across(rows, sets, band, MOST_ACROSS).found) {
      const endpoint = sets.endpoint[ref.block.chunk.series[ref.index]!]!;
      if (!whole || seen.has(endpoint)) continue;
      seen.add(endpoint);
      const { blocks, seconds, beganMs } = support.get(endpoint) ?? NO_SUPPORT;
      support.set(endpoint, {
        blocks: blocks + 1,
        seconds: seconds + band.seconds,
        // No request starts while the loop is blocked: what blocked it mostly began last.
        beganMs: beganMs + band.from - start,
      });
    }
  }
  if (support.size === 0) return { parts: [] };
  const usual = usuallyOpen(own, rows, sets, new Set(support.keys()));
  const all = located.reduce((sum, { seconds }) => sum + seconds, 0);
  const candidates = [...support]
    .map(([id, found]) => ({ id, ...found, score: (found.seconds / all) * (1 - usual.get(id)!) }))
    .sort((a, b) => b.score - a.score);
  const best = candidates[0]!.score;
  if (best < MIN_SCORE) return { parts: [] };
  const [first] = candidates
    .filter(({ score }) => score >= best * ABOUT_AS_MUCH)
    .sort((a, b) => a.beganMs / a.blocks - b.beganMs / b.blocks);
  const endpoint = sets.endpoints.names[first!.id]!;
  const which =
    located.length === 1
      ? 'it'
      : first!.blocks === located.length
        ? 'each of them'
        : `${first!.blocks} of ${located.length}`;
  const only = candidates.length === 1 ? 'the only route with a request running' : 'running';
  return { parts: [{ name: endpointName(endpoint) }, ` was ${only} across ${which}.`], endpoint };
}

/** Blocks across which a request of a route was running, their time, and how long before them it began. */
interface Support {
  readonly blocks: number;
  readonly seconds: number;
  readonly beganMs: number;
}

const NO_SUPPORT: Support = { blocks: 0, seconds: 0, beganMs: 0 };
