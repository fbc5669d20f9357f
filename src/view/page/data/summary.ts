import { type Matcher, matches } from './filter.ts';
import { percentiles } from './percentiles.ts';
import type { Block } from './rows.ts';
import type { Span } from './scale.ts';
import type { TagSets } from './tags.ts';

/** The requests to summarize: those in view. */
export interface Query extends Span {
  /** Range of response times in view, s, inclusive. */
  readonly low: number;
  readonly high: number;
  readonly matcher: Matcher;
  readonly bucketMs: number;
  /** Start of the buckets, ms: a round time of the wall clock. */
  readonly bucketOrigin: number;
}

export interface Figures {
  readonly count: number;
  /** Answered with a 5xx. */
  readonly errors: number;
  /** Aborted or unfinished. */
  readonly aborted: number;
  /** Upgraded connections. They have a duration, but no response time: no figure below contains them. */
  readonly upgraded: number;
  /** s; NaN without response times */
  readonly mean: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
}

export interface Summary {
  readonly total: Figures;
  /** The least and the greatest duration, s, upgraded connections included: the range of the plot. */
  readonly min: number;
  readonly max: number;
  /** By {@link TagSets.endpoints}. */
  readonly endpoints: ReadonlyMap<number, Figures>;
  /** Buckets for the lines. Those at the edges of the view are complete. */
  readonly buckets: {
    readonly ms: number;
    /** Start of the first bucket. */
    readonly from: number;
    readonly count: Uint32Array;
    readonly errors: Uint32Array;
    /** s; NaN without response times. */
    readonly mean: Float64Array;
    readonly p95: Float64Array;
  };
  /** The greatest slot by {@link TagSets.groups}. */
  readonly slots: ReadonlyMap<number, number>;
  /** Requests by status class, by route and by process, for the legend. */
  readonly classes: Uint32Array;
  readonly routes: Uint32Array;
  readonly processes: Uint32Array;
}

const PS = [0.5, 0.95, 0.99];
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
  const endpoints = sets.endpoints.names.length;
  const count = new Uint32Array(endpoints + 1);
  const errors = new Uint32Array(endpoints + 1);
  const aborted = new Uint32Array(endpoints + 1);
  const timed = new Uint32Array(endpoints + 1);
  const sum = new Float64Array(endpoints + 1);
  const max = new Float64Array(endpoints + 1);
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
    const { series, duration, slot } = block.chunk;
    for (let i = part.from; i < part.to; i++) {
      const end = block.end[i]!;
      const seconds = duration[i]!;
      if (end < bucketsFrom || end >= bucketsTo || seconds < low || seconds > high) continue;
      if (!matches(matcher, block, i)) continue;
      const id = series[i]!;
      const bucket = Math.min(bucketCount - 1, Math.floor((end - bucketsFrom) / bucketMs));
      bucketN[bucket]!++;
      const isTimed = sets.upgraded[id] === 0;
      if (isTimed) {
        bucketTimed[bucket]!++;
        bucketSum[bucket]! += seconds;
      }
      bucketErrors[bucket]! += sets.flags[id]! & 1;
      if (end < from || end >= to) continue;
      const endpoint = sets.endpoint[id]!;
      count[endpoint]!++;
      errors[endpoint]! += sets.flags[id]! & 1;
      aborted[endpoint]! += sets.flags[id]! >> 1;
      if (isTimed) {
        timed[endpoint]!++;
        sum[endpoint]! += seconds;
        if (seconds > max[endpoint]!) max[endpoint] = seconds;
      }
      if (seconds < min) min = seconds;
      if (seconds > greatest) greatest = seconds;
      const group = sets.group[id]!;
      const own = slot.get(i);
      if (own > slots[group]!) slots[group] = own;
      classes[sets.statusClass[id]!]!++;
      routes[sets.route[id]!]!++;
      processes[sets.process[id]!]!++;
    }
    yield;
  }

  // Response times in view, grouped by endpoint.
  const add = (values: Float64Array | Uint32Array) => (values as Float64Array).reduce((all, n) => all + n, 0);
  const inView = add(count);
  const timedInView = add(timed);
  reserve(Math.max(timedInView, add(bucketTimed)));
  const offsets = startsOf(timed);
  let next = offsets.slice();
  for (const part of parts) {
    const { block } = part;
    const { series, duration } = block.chunk;
    for (let i = part.from; i < part.to; i++) {
      const end = block.end[i]!;
      const seconds = duration[i]!;
      const id = series[i]!;
      if (end < from || end >= to || seconds < low || seconds > high || sets.upgraded[id] !== 0) continue;
      if (matches(matcher, block, i)) scratch[next[sets.endpoint[id]!]!++] = seconds;
    }
    yield;
  }
  const figures = new Map<number, Figures>();
  for (let endpoint = 0; endpoint < endpoints; endpoint++) {
    const n = count[endpoint]!;
    if (n === 0) continue;
    const own = timed[endpoint]!;
    const [p50, p95, p99] = percentiles(scratch, offsets[endpoint]!, offsets[endpoint]! + own, PS);
    figures.set(endpoint, {
      count: n,
      errors: errors[endpoint]!,
      aborted: aborted[endpoint]!,
      upgraded: n - own,
      mean: own === 0 ? Number.NaN : sum[endpoint]! / own,
      p50: p50!,
      p95: p95!,
      p99: p99!,
      max: own === 0 ? Number.NaN : max[endpoint]!,
    });
    if (n > 1000) yield;
  }
  const [p50, p95, p99] = percentiles(scratch, 0, timedInView, PS);
  yield;

  // Response times grouped by bucket.
  const bucketOffsets = startsOf(bucketTimed);
  next = bucketOffsets.slice();
  for (const part of parts) {
    const { block } = part;
    const { series, duration } = block.chunk;
    for (let i = part.from; i < part.to; i++) {
      const end = block.end[i]!;
      const seconds = duration[i]!;
      if (end < bucketsFrom || end >= bucketsTo || seconds < low || seconds > high) continue;
      if (sets.upgraded[series[i]!] !== 0 || !matches(matcher, block, i)) continue;
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
    total: {
      count: inView,
      errors: add(errors),
      aborted: add(aborted),
      upgraded: inView - timedInView,
      mean: timedInView === 0 ? Number.NaN : add(sum) / timedInView,
      p50: p50!,
      p95: p95!,
      p99: p99!,
      max: timedInView === 0 ? Number.NaN : max.reduce((a, b) => Math.max(a, b), 0),
    },
    min,
    max: greatest,
    endpoints: figures,
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
  };
}

function reserve(size: number): void {
  if (scratch.length < size) scratch = new Float64Array(Math.ceil(size * 1.25));
}

/** The start of each group, if groups of these sizes follow each other. */
function startsOf(sizes: Uint32Array): Uint32Array {
  const starts = new Uint32Array(sizes.length);
  for (let i = 1; i < sizes.length; i++) starts[i] = starts[i - 1]! + sizes[i - 1]!;
  return starts;
}
