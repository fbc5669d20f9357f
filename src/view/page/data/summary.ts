import { type Figures, startsOf, sumOf, Tally } from './figures/figures.ts';
import { percentiles } from './figures/percentiles.ts';
import { Population, populationOf } from './figures/population.ts';
import { Slowest } from './figures/slowest.ts';
import { type Matcher, matches } from './filter.ts';
import type { Block, RowRef } from './rows.ts';
import type { Span } from './scale.ts';
import { STREAM_CLASS, type TagSets } from './tags.ts';

/** The requests to summarize: those in view. */
export interface Query extends Span {
  /** Range of response times in view, s, inclusive. */
  readonly low: number;
  readonly high: number;
  readonly matcher: Matcher;
  readonly bucketMs: number;
  /** Start of the buckets, ms: a round time of the wall clock. */
  readonly bucketOrigin: number;
  /** Whether the figures of each process are wanted as well. */
  readonly byProcess?: boolean;
}

export interface Summary {
  readonly total: Figures;
  /** The least and the greatest duration of all requests, s: the range of the plot. */
  readonly min: number;
  readonly max: number;
  /** By {@link TagSets.endpoints}. */
  readonly endpoints: ReadonlyMap<number, Figures>;
  /** By {@link TagSets.processes}; empty unless {@link Query.byProcess}. */
  readonly byProcess: ReadonlyMap<number, Figures>;
  /** The slowest of the answered requests, slowest first. */
  readonly slowest: readonly RowRef[];
  /** Buckets for the lines. Those at the edges of the view are complete. */
  readonly buckets: {
    readonly ms: number;
    /** Start of the first bucket. */
    readonly from: number;
    readonly count: Uint32Array;
    readonly errors: Uint32Array;
    /** Of the answered requests, s; NaN without any. */
    readonly mean: Float64Array;
    readonly p95: Float64Array;
  };
  /** The greatest slot by {@link TagSets.groups}. */
  readonly slots: ReadonlyMap<number, number>;
  /** Requests by status class, by route and by process, for the legend. */
  readonly classes: Uint32Array;
  readonly routes: Uint32Array;
  readonly processes: Uint32Array;
  /** Time above the median of all answered requests, s, by route and by process: what makes a window slow. */
  readonly excess: { readonly routes: Float64Array; readonly processes: Float64Array };
}

/** A block, and the rows of it that a summary uses. */
interface Part {
  readonly block: Block;
  readonly from: number;
  readonly to: number;
}

let scratch = new Float64Array(0);

/**
 * Computes a summary in small steps, so that more urgent work can be done in between. Percentiles are selected from
 * the durations themselves. It takes 8 bytes per request, which are reused.
 */
export function* summarise(blocks: readonly Block[], query: Query, sets: TagSets): Generator<void, Summary> {
  const { from, to, low, high, matcher, bucketMs, bucketOrigin } = query;
  const firstBucket = Math.floor((from - bucketOrigin) / bucketMs);
  const bucketCount = Math.max(1, Math.ceil((to - bucketOrigin) / bucketMs) - firstBucket);
  const bucketsFrom = firstBucket * bucketMs + bucketOrigin;
  const bucketsTo = bucketsFrom + bucketCount * bucketMs;
  const tally = new Tally(sets.endpoints.names.length);
  const processTally = new Tally(query.byProcess ? sets.processes.names.length : 0);
  const slow = new Slowest();
  const bucketSum = new Float64Array(bucketCount);
  const bucketN = new Uint32Array(bucketCount);
  const bucketTimed = new Uint32Array(bucketCount);
  const bucketErrors = new Uint32Array(bucketCount);
  const slots = new Uint32Array(sets.groups.names.length);
  const classes = new Uint32Array(8);
  const routes = new Uint32Array(sets.routes.names.length);
  const processes = new Uint32Array(sets.processes.names.length);
  let min = Number.POSITIVE_INFINITY;
  let greatest = 0;
  // Blocks grow meanwhile, but all passes must use the same rows.
  const parts = blocks
    .filter((block) => block.maxEnd >= bucketsFrom && block.minEnd < bucketsTo)
    .map((block) => ({ block, from: block.from, to: block.to }));

  for (const part of parts) {
    const { block } = part;
    const { series, duration, firstByte, slot } = block.chunk;
    for (let i = part.from; i < part.to; i++) {
      const end = block.end[i]!;
      const seconds = duration[i]!;
      if (end < bucketsFrom || end >= bucketsTo || seconds < low || seconds > high) continue;
      if (!matches(matcher, block, i)) continue;
      const id = series[i]!;
      const bucket = Math.min(bucketCount - 1, Math.floor((end - bucketsFrom) / bucketMs));
      bucketN[bucket]!++;
      const population = populationOf(sets.population, block.chunk, i);
      if (population === Population.answered) {
        bucketTimed[bucket]!++;
        bucketSum[bucket]! += seconds;
      }
      bucketErrors[bucket]! += sets.flags[id]! & 1;
      if (end < from || end >= to) continue;
      const isError = sets.flags[id]! & 1;
      tally.add(sets.endpoint[id]!, population, seconds, firstByte[i]!, isError);
      if (query.byProcess) processTally.add(sets.process[id]!, population, seconds, firstByte[i]!, isError);
      if (population === Population.answered) slow.add(block, i, seconds);
      if (seconds < min) min = seconds;
      if (seconds > greatest) greatest = seconds;
      const group = sets.group[id]!;
      const own = slot.get(i);
      if (own > slots[group]!) slots[group] = own;
      classes[population === Population.streams ? STREAM_CLASS : sets.statusClass[id]!]!++;
      routes[sets.route[id]!]!++;
      processes[sets.process[id]!]!++;
    }
    yield;
  }

  const byProcess = query.byProcess
    ? yield* figuresBy(parts, query, sets, sets.process, processTally)
    : new Map<number, Figures>();
  const figures = yield* figuresBy(parts, query, sets, sets.endpoint, tally);
  const total = tally.total(scratch);
  yield;

  // Response times grouped by bucket.
  reserve(sumOf(bucketTimed));
  const bucketOffsets = startsOf(bucketTimed);
  const next = bucketOffsets.slice();
  const excess = { routes: new Float64Array(routes.length), processes: new Float64Array(processes.length) };
  for (const part of parts) {
    const { block } = part;
    const { duration, series } = block.chunk;
    for (let i = part.from; i < part.to; i++) {
      const end = block.end[i]!;
      const seconds = duration[i]!;
      if (end < bucketsFrom || end >= bucketsTo || seconds < low || seconds > high) continue;
      const population = populationOf(sets.population, block.chunk, i);
      // Answered, failed and aborted requests are the first populations.
      if (population > Population.aborted || !matches(matcher, block, i)) continue;
      if (seconds > total.p50 && end >= from && end < to) {
        excess.routes[sets.route[series[i]!]!]! += seconds - total.p50;
        excess.processes[sets.process[series[i]!]!]! += seconds - total.p50;
      }
      if (population !== Population.answered) continue;
      scratch[next[Math.min(bucketCount - 1, Math.floor((end - bucketsFrom) / bucketMs))]!++] = seconds;
    }
    yield;
  }
  const p95s = new Float64Array(bucketCount);
  const means = new Float64Array(bucketCount);
  for (let bucket = 0; bucket < bucketCount; bucket++) {
    const n = bucketTimed[bucket]!;
    means[bucket] = n === 0 ? Number.NaN : bucketSum[bucket]! / n;
    p95s[bucket] = percentiles(scratch, bucketOffsets[bucket]!, bucketOffsets[bucket]! + n, [0.95])[0]!;
    if (bucket % 32 === 31) yield;
  }

  const slotsByGroup = new Map<number, number>();
  slots.forEach((slot, group) => {
    if (slot > 0) slotsByGroup.set(group, slot);
  });
  return {
    total,
    min,
    max: greatest,
    endpoints: figures,
    byProcess,
    slowest: slow.of(total.answered),
    buckets: {
      ms: bucketMs,
      from: bucketsFrom,
      count: bucketN,
      errors: bucketErrors,
      mean: means,
      p95: p95s,
    },
    slots: slotsByGroup,
    classes,
    routes,
    processes,
    excess,
  };
}

/**
 * The figures by a key of the tag sets. Afterwards, `scratch` has the response times, then the times to the first byte of
 * streams, grouped by the key.
 */
function* figuresBy(
  parts: readonly Part[],
  { from, to, low, high, matcher }: Query,
  sets: TagSets,
  keys: Uint32Array,
  tally: Tally,
): Generator<void, Map<number, Figures>> {
  const { sizes, endpoints: count } = tally;
  reserve(sumOf(sizes));
  const starts = startsOf(sizes);
  const next = starts.slice();
  for (const part of parts) {
    const { block } = part;
    const { series, duration, firstByte } = block.chunk;
    for (let i = part.from; i < part.to; i++) {
      const end = block.end[i]!;
      const seconds = duration[i]!;
      if (end < from || end >= to || seconds < low || seconds > high) continue;
      const population = populationOf(sets.population, block.chunk, i);
      const isStream = population === Population.streams;
      if ((!isStream && population !== Population.answered) || !matches(matcher, block, i)) continue;
      const group = keys[series[i]!]! + (isStream ? count : 0);
      scratch[next[group]!++] = isStream ? firstByte[i]! : seconds;
    }
    yield;
  }
  const figures = new Map<number, Figures>();
  for (let key = 0; key < count; key++) {
    const own = tally.of(key, scratch, starts);
    if (own.count > 0) figures.set(key, own);
    if (own.count > 1000) yield;
  }
  return figures;
}

function reserve(size: number): void {
  if (scratch.length < size) scratch = new Float64Array(Math.ceil(size * 1.25));
}
