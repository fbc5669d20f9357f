import { Population, populationOf } from '../data/figures/population.ts';
import { type Matcher, matches } from '../data/filter.ts';
import type { Block } from '../data/rows.ts';
import type { Span } from '../data/scale.ts';
import type { TagSets } from '../data/tags.ts';
import type { Band } from '../stalls/band.ts';
import { groupBy } from './group-by.ts';

/** The most requests that are examined: the newest in view. */
export const MAX_EXAMINED = 100_000;

/** A time in which an event loop was blocked, ms after the base. */
export interface Blocked extends Span {
  /** Into {@link TagSets.groups}. */
  readonly group: number;
}

/** The times in which bands say that a loop was blocked. */
export function blockedIn(bands: readonly Band[], sets: TagSets): Blocked[] {
  return bands
    .filter(({ kind }) => kind === 'blocked')
    .map(({ from, to, group }) => ({ from, to, group: sets.groups.id(group) }));
}

/** Requests that are examined for one reason, each by its tag set, duration in s and end in ms. */
export class Sample {
  series: Uint32Array<ArrayBuffer> = new Uint32Array(1024);
  seconds: Float64Array<ArrayBuffer> = new Float64Array(1024);
  end: Float64Array<ArrayBuffer> = new Float64Array(1024);
  length = 0;

  add(series: number, seconds: number, end: number): void {
    if (this.length === this.series.length) this.#grow();
    this.series[this.length] = series;
    this.seconds[this.length] = seconds;
    this.end[this.length++] = end;
  }

  #grow(): void {
    const size = 2 * this.length;
    const grown = <T extends Uint32Array | Float64Array>(old: T, bigger: T) => {
      bigger.set(old);
      return bigger;
    };
    this.series = grown(this.series, new Uint32Array(size));
    this.seconds = grown(this.seconds, new Float64Array(size));
    this.end = grown(this.end, new Float64Array(size));
  }
}

/** What the rules know of the requests in view. */
export interface Facts {
  readonly sets: TagSets;
  readonly span: Span;
  /** The number of requests, and by tag set. */
  readonly total: number;
  readonly count: Uint32Array;
  /** By tag set: with a status of 5xx. */
  readonly failed: Uint32Array;
  readonly aborted: Sample;
  /** The answered ones that no blocked loop has delayed. */
  readonly answered: Sample;
}

/** Collects facts in small steps. */
export function* collect(
  blocks: readonly Block[],
  { from, to, matcher }: Span & { matcher: Matcher },
  sets: TagSets,
  blocked: readonly Blocked[],
): Generator<void, Facts> {
  const count = new Uint32Array(sets.flags.length);
  const failed = new Uint32Array(sets.flags.length);
  const aborted = new Sample();
  const answered = new Sample();
  const delays = groupBy(blocked, ({ group }) => group);
  let total = 0;
  const parts = blocks
    .filter((block) => block.maxEnd >= from && block.minEnd < to)
    .map((block) => ({ block, from: block.from, to: block.to }));
  for (const part of parts.reverse()) {
    const { block } = part;
    const { series } = block.chunk;
    for (let i = part.from; i < part.to; i++) {
      const end = block.end[i]!;
      if (end < from || end >= to || !matches(matcher, block, i)) continue;
      const id = series[i]!;
      total++;
      count[id]!++;
      const population = populationOf(sets.population, block.chunk, i);
      const seconds = block.chunk.duration[i]!;
      if (population === Population.failed) failed[id]!++;
      else if (population === Population.aborted) {
        if (sets.tags[id]?.outcome === 'aborted') aborted.add(id, seconds, end);
      } else if (population === Population.answered) {
        const own = delays.get(sets.group[id]!);
        if (own === undefined || !own.some((delay) => end >= delay.from && block.start(i) <= delay.to))
          answered.add(id, seconds, end);
      }
    }
    yield;
    if (total >= MAX_EXAMINED) break;
  }
  return { sets, span: { from, to }, total, count, failed, aborted, answered };
}
