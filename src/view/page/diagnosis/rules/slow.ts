import { select } from '../../data/figures/percentiles.ts';
import type { TagSets } from '../../data/tags.ts';
import { formatSeconds } from '../../format.ts';
import { contrast, sum } from '../contrast.ts';
import type { Facts, Sample } from '../facts.ts';
import { endpointFilter, endpointName, type Finding, filterOf, processesOf, where } from '../finding.ts';
import { groupBy } from '../group-by.ts';

/** A slow request takes so many times as long as 99 % of the requests of all other routes. */
const FACTOR = 4;
const USUAL = 0.99;
/** A route with a greater share of the requests is not compared with the others. */
const MAX_SHARE = 1 / 6;
const MIN_OTHERS = 60;
/** Shorter requests are not slow, s. */
const SHORTEST_S = 0.05;
const MIN_SLOW = 3;
/** So many of the requests of a route, or of a route in a process, have to be slow. */
const MIN_SHARE = 0.5;
/** The most routes that are examined, and named. */
const CANDIDATES = 6;
const MAX_NAMED = 2;
/** A request takes unusually long for its route from so many times the median on. */
const UNUSUAL = 4;
const MIN_UNUSUAL = 8;

interface Endpoint {
  readonly id: number;
  readonly rows: number[];
  median: number;
}

/** Routes that are slow, all or in a process, against all other routes; then processes that are slow against the others. */
export function slow(facts: Facts): Finding[] {
  const endpoints = byEndpoint(facts);
  const named = slowRoutes(facts, endpoints);
  return named.length > 0 ? named.slice(0, MAX_NAMED) : slowPlace(facts, endpoints);
}

function byEndpoint({ answered, sets }: Facts): Endpoint[] {
  const rows = new Map<number, number[]>();
  for (let i = 0; i < answered.length; i++) {
    const id = sets.endpoint[answered.series[i]!]!;
    const own = rows.get(id);
    if (own === undefined) rows.set(id, [i]);
    else own.push(i);
  }
  return [...rows].map(([id, own]) => ({ id, rows: own, median: percentile(answered.seconds, own, 0.5) }));
}

function percentile(seconds: Float64Array, rows: readonly number[], p: number): number {
  const values = Float64Array.from(rows, (i) => seconds[i]!);
  return select(values, 0, values.length, Math.max(0, Math.ceil(p * values.length) - 1));
}

/** What 99 % of the requests of all other routes took at most. */
function usualWithout({ id }: Endpoint, { seconds, series, length }: Sample, sets: TagSets): number {
  const others = new Float64Array(length);
  let count = 0;
  for (let i = 0; i < length; i++) if (sets.endpoint[series[i]!] !== id) others[count++] = seconds[i]!;
  return select(others, 0, count, Math.ceil(USUAL * count) - 1);
}

function slowRoutes(facts: Facts, endpoints: readonly Endpoint[]): Finding[] {
  const { answered, sets, count } = facts;
  const greatest = ({ rows }: Endpoint) => rows.reduce((max, i) => Math.max(max, answered.seconds[i]!), 0);
  const candidates = new Set([
    ...[...endpoints].sort((a, b) => b.median - a.median).slice(0, CANDIDATES),
    ...[...endpoints].sort((a, b) => greatest(b) - greatest(a)).slice(0, CANDIDATES),
  ]);
  const processes = new Set<number>();
  count.forEach((n, id) => {
    if (n > 0) processes.add(sets.process[id]!);
  });
  const sorted = answered.seconds.slice(0, answered.length).sort();
  const found: { finding: Finding; weight: number }[] = [];
  for (const endpoint of candidates) {
    const share = endpoint.rows.length / sorted.length;
    // A route that has many of the requests is what the others are compared with.
    if (share > MAX_SHARE || sorted.length < MIN_OTHERS) continue;
    // At least this is what the others took, even if those of this route were the slowest.
    const least = sorted[Math.floor(USUAL * (1 - share) * sorted.length)]!;
    if (greatest(endpoint) < Math.max(SHORTEST_S, FACTOR * least)) continue;
    const usual = usualWithout(endpoint, answered, sets);
    const limit = Math.max(SHORTEST_S, FACTOR * usual);
    const byProcess = groupBy(endpoint.rows, (i) => sets.process[answered.series[i]!]!);
    const slowOf = (rows: readonly number[]) => rows.filter((i) => answered.seconds[i]! >= limit);
    const isSlow = (rows: readonly number[]) =>
      slowOf(rows).length >= MIN_SLOW && slowOf(rows).length >= MIN_SHARE * rows.length;
    const slowProcesses = [...byProcess].filter(([, rows]) => isSlow(rows)).map(([id]) => id);
    const everywhere = isSlow(endpoint.rows);
    if (!everywhere && slowProcesses.length === 0) continue;
    const rows = everywhere ? endpoint.rows : slowProcesses.flatMap((id) => byProcess.get(id)!);
    const name = sets.endpoints.names[endpoint.id]!;
    const some = [...byProcess].filter(([, own]) => slowOf(own).length > 0).map(([id]) => id);
    const place = processesOf(sets, new Set(everywhere ? some : slowProcesses), processes, byProcess.size);
    const median = percentile(answered.seconds, rows, 0.5);
    found.push({
      weight: median / usual,
      finding: {
        rule: 'slow route',
        sentence: [
          { name: endpointName(name) },
          ` took ${formatSeconds(median)}`,
          ...place,
          ` (median of ${rows.length}); 99 % of the requests of all other routes took at most ${formatSeconds(usual)}.`,
        ],
        filter: {
          ...endpointFilter(name),
          ...(slowProcesses.length === 1 && (!everywhere || some.length === 1)
            ? { process: sets.processes.names[slowProcesses[0]!]! }
            : {}),
        },
        span: undefined,
      },
    });
  }
  return found.sort((a, b) => b.weight - a.weight).map(({ finding }) => finding);
}

/** Requests that took unusually long for their route: whether they differ from the others in their place. */
function slowPlace({ answered, sets }: Facts, endpoints: readonly Endpoint[]): Finding[] {
  const odd = new Uint32Array(sets.flags.length);
  const all = new Uint32Array(sets.flags.length);
  for (const { rows, median } of endpoints) {
    const limit = Math.max(UNUSUAL * median, 0.02);
    for (const i of rows) {
      const id = answered.series[i]!;
      all[id]!++;
      if (answered.seconds[i]! >= limit) odd[id]!++;
    }
  }
  if (sum(odd) < MIN_UNUSUAL) return [];
  // Routes have tails of their own, so only the place is compared first.
  const first = contrast(odd, all, sets, new Set(['endpoint', 'endpoint and process']));
  if (first === undefined) return [];
  const only = (counts: Uint32Array) => counts.map((n, id) => (n > 0 && first.has(id) ? n : 0));
  const second = contrast(only(odd), only(all), sets, new Set([first.attribute, 'endpoint and process']));
  const found = second === undefined ? [first] : [first, second];
  const { odd: own, odds } = first;
  return [
    {
      rule: 'slow',
      sentence: [
        `${own === odds ? `All ${odds}` : `${own} of ${odds}`} requests that took more than ${UNUSUAL} times the median of their route are`,
        ...where(found),
        `, which has ${Math.round((100 * first.all) / first.alls)} % of the requests.`,
      ],
      filter: filterOf(found),
      span: undefined,
    },
  ];
}
