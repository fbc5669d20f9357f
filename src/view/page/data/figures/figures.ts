import { percentiles } from './percentiles.ts';
import { POPULATIONS, Population, type PopulationName } from './population.ts';

/** The figures of a route, or of all requests in view. Counts of {@link POPULATIONS} add up to `count`. */
export interface Figures extends Readonly<Record<PopulationName, number>> {
  readonly count: number;
  /** With a status of 5xx, aborted ones among them. */
  readonly errors: number;
  /** Of the answered requests alone, s; NaN without any. */
  readonly mean: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
  /** 95th percentile of the time to the first byte of the streams, s; NaN without any. */
  readonly streamP95: number;
  /** Of all requests but streams and upgraded connections, which last as long as their client likes: the sum, s. */
  readonly time: number;
  /** Means of the answered requests whose first byte is known, s: the time before it, and the time after it. */
  readonly firstByte: number;
  readonly afterFirstByte: number;
}

/** The sums of an endpoint, or of all. */
interface Sums {
  readonly errors: number;
  readonly sum: number;
  readonly max: number;
  readonly time: number;
  readonly before: number;
  readonly after: number;
  /** Requests whose first byte is known. */
  readonly timedByte: number;
}

const PS = [0.5, 0.95, 0.99];

/** Counts requests by endpoint and population. */
export class Tally {
  readonly endpoints: number;
  readonly #errors: Uint32Array;
  /** By endpoint, for each population. */
  readonly #counts: readonly Uint32Array[];
  readonly #sum: Float64Array;
  readonly #max: Float64Array;
  readonly #time: Float64Array;
  readonly #before: Float64Array;
  readonly #after: Float64Array;
  readonly #timedByte: Uint32Array;

  constructor(endpoints: number) {
    this.endpoints = endpoints;
    this.#errors = new Uint32Array(endpoints);
    this.#counts = POPULATIONS.map(() => new Uint32Array(endpoints));
    this.#sum = new Float64Array(endpoints);
    this.#max = new Float64Array(endpoints);
    this.#time = new Float64Array(endpoints);
    this.#before = new Float64Array(endpoints);
    this.#after = new Float64Array(endpoints);
    this.#timedByte = new Uint32Array(endpoints);
  }

  /** @param firstByte s; NaN if not known */
  add(endpoint: number, population: number, seconds: number, firstByte: number, isError: number): void {
    this.#counts[population]![endpoint]!++;
    this.#errors[endpoint]! += isError;
    if (population !== Population.streams && population !== Population.upgraded) {
      this.#time[endpoint]! += seconds;
    }
    if (population !== Population.answered) return;
    if (firstByte >= 0) {
      // Of single precision, so it may be slightly after the end.
      const before = Math.min(firstByte, seconds);
      this.#before[endpoint]! += before;
      this.#after[endpoint]! += seconds - before;
      this.#timedByte[endpoint]!++;
    }
    this.#sum[endpoint]! += seconds;
    if (seconds > this.#max[endpoint]!) this.#max[endpoint] = seconds;
  }

  /** Sizes of the groups of times: the answered by endpoint, then the streams by endpoint. */
  get sizes(): Uint32Array {
    const sizes = new Uint32Array(2 * this.endpoints);
    sizes.set(this.#counts[Population.answered]!);
    sizes.set(this.#counts[Population.streams]!, this.endpoints);
    return sizes;
  }

  /** @param times the groups of {@link sizes}, from `starts` on; they are sorted in part */
  of(endpoint: number, times: Float64Array, starts: Uint32Array): Figures {
    const counts = this.#counts.map((count) => count[endpoint]!);
    return figuresOf(
      counts,
      {
        errors: this.#errors[endpoint]!,
        sum: this.#sum[endpoint]!,
        max: this.#max[endpoint]!,
        time: this.#time[endpoint]!,
        before: this.#before[endpoint]!,
        after: this.#after[endpoint]!,
        timedByte: this.#timedByte[endpoint]!,
      },
      { times, answered: starts[endpoint]!, streams: starts[this.endpoints + endpoint]! },
    );
  }

  total(times: Float64Array): Figures {
    const counts = this.#counts.map(sumOf);
    return figuresOf(
      counts,
      {
        errors: sumOf(this.#errors),
        sum: sumOf(this.#sum),
        max: this.#max.reduce((a, b) => Math.max(a, b), 0),
        time: sumOf(this.#time),
        before: sumOf(this.#before),
        after: sumOf(this.#after),
        timedByte: sumOf(this.#timedByte),
      },
      { times, answered: 0, streams: counts[Population.answered]! },
    );
  }
}

function figuresOf(
  counts: readonly number[],
  { errors, sum, max, time, before, after, timedByte }: Sums,
  { times, answered, streams }: { times: Float64Array; answered: number; streams: number },
): Figures {
  const timed = counts[Population.answered]!;
  const [p50, p95, p99] = percentiles(times, answered, answered + timed, PS);
  const [streamP95] = percentiles(times, streams, streams + counts[Population.streams]!, [0.95]);
  return {
    ...(Object.fromEntries(POPULATIONS.map((name, i) => [name, counts[i]!])) as Record<
      PopulationName,
      number
    >),
    count: sumOf(counts),
    errors,
    mean: timed === 0 ? Number.NaN : sum / timed,
    p50: p50!,
    p95: p95!,
    p99: p99!,
    max: timed === 0 ? Number.NaN : max,
    streamP95: streamP95!,
    time,
    // 0 / 0 is NaN: not known.
    firstByte: before / timedByte,
    afterFirstByte: after / timedByte,
  };
}

export function sumOf(values: Float64Array | Uint32Array | readonly number[]): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum;
}

/** The start of each group, if groups of these sizes follow each other. */
export function startsOf(sizes: Uint32Array): Uint32Array {
  const starts = new Uint32Array(sizes.length);
  for (let i = 1; i < sizes.length; i++) starts[i] = starts[i - 1]! + sizes[i - 1]!;
  return starts;
}
