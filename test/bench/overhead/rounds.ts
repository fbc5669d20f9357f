import { Helper } from '../process.ts';
import type { Received } from '../sink.ts';
import { pairwise, type Spread } from '../statistics.ts';
import type { Load, LoadResult } from './load.ts';
import type { Usage } from './server.ts';
import { records, type Variant } from './variants.ts';

/** Variants, each with the one that it is compared to. */
export type Comparison = readonly (readonly [variant: Variant, base: Variant | undefined])[];

export interface Settings {
  readonly rounds: number;
  /** How long each variant is loaded in a round. */
  readonly seconds: number;
  /** Requests of a slice, in place of as many as fit into its time. */
  readonly requests: number | undefined;
  readonly connections: number;
}

/** One slice of a variant's load. */
export interface Slice {
  readonly perSecond: number;
  /** CPU time per request, us: of the main thread, and of all. */
  readonly main: number;
  readonly all: number;
  /** Part of the time in which the main thread was on a CPU. */
  readonly busy: number;
  readonly rssMb: number;
  /** Bytes per request that reached the stand-in for the database. */
  readonly delivered: number;
  /** Delay of the event loop, ms. */
  readonly delayP50: number;
  readonly delayP99: number;
  readonly delayMax: number;
  /** The longest piece of a flush on the main thread, ms, and all of them, ms per second. */
  readonly flushLongest: number;
  readonly flushTotal: number;
}

export type Figure = keyof Slice;

/** Of each variant the slices of each round. */
export type Results = ReadonlyMap<Variant, readonly (readonly Slice[])[]>;

/** A server is asked so much to see how fast it is, then for as long as it takes until its code is compiled. */
const FIRST_REQUESTS = 3000;
const WARM_UP_SECONDS = 0.75;
const SLICE_SECONDS = 0.25;
/** A flush comes once a second: a slice that looks for its traces has to hold one. */
const PACED_SLICE_SECONDS = 1;

/** The processes that are not measured. */
interface Machinery {
  readonly load: Helper<Load, LoadResult>;
  readonly sink: Helper<'received', Received>;
}

/** A variant's process in one round. */
interface Run {
  readonly variant: Variant;
  readonly server: Helper<'begin' | 'end', Usage>;
  readonly load: Omit<Load, 'requests'>;
  /** Requests of each slice. */
  readonly requests: number;
  /** Requests so far. */
  sent: number;
}

/**
 * Measures variants, as fast as they go or at `rate` requests per second.
 *
 * In each round each gets a fresh process. They are loaded in turns, a slice each, so that whatever disturbs the
 * machine for longer than a slice disturbs all of them; forward, then backward, for the same reason.
 */
export async function measure(compared: Comparison, settings: Settings, rate?: number): Promise<Results> {
  const machinery: Machinery = {
    load: await Helper.start('overhead/load.js'),
    sink: await Helper.start('sink.js'),
  };
  const variants = compared.map(([variant]) => variant);
  const results = new Map<Variant, Slice[][]>(variants.map((variant) => [variant, []]));
  const sliceSeconds = rate === undefined ? SLICE_SECONDS : PACED_SLICE_SECONDS;
  const slices = Math.max(1, Math.round(settings.seconds / sliceSeconds));
  for (let round = 0; round < settings.rounds; round++) {
    progress(`round ${round + 1} of ${settings.rounds}`);
    const runs: Run[] = [];
    for (const variant of variants) {
      runs.push(await start(variant, settings, machinery, rate, sliceSeconds));
      results.get(variant)!.push([]);
    }
    for (let slice = 0; slice < slices; slice++) {
      for (const run of slice % 2 === 0 ? runs : runs.toReversed()) {
        results.get(run.variant)![round]!.push(await runSlice(run, machinery));
      }
    }
    for (const { server } of runs) await server.stop();
  }
  progress('');
  await machinery.load.stop();
  await machinery.sink.stop();
  return results;
}

async function start(
  variant: Variant,
  { requests, connections }: Settings,
  { load, sink }: Machinery,
  rate: number | undefined,
  seconds: number,
): Promise<Run> {
  const { url } = await sink.ask('received');
  const args = ['--variant', variant, '--sink', url, ...(rate === undefined ? [] : ['--delays'])];
  const server = await Helper.start<'begin' | 'end', Usage>('overhead/server.js', args);
  const { port } = await server.ask('begin');
  const fast = { port, connections, rate: undefined };
  const first = await load.ask({ ...fast, requests: FIRST_REQUESTS });
  const warmUp = Math.ceil((FIRST_REQUESTS / first.seconds) * WARM_UP_SECONDS);
  const warm = await load.ask({ ...fast, requests: warmUp });
  const perSecond = rate ?? warmUp / warm.seconds;
  return {
    variant,
    server,
    load: { port, connections, rate },
    requests: requests ?? Math.ceil((perSecond * seconds) / 100) * 100,
    sent: FIRST_REQUESTS + warmUp,
  };
}

async function runSlice(run: Run, { load, sink }: Machinery): Promise<Slice> {
  const { variant, server, requests } = run;
  await server.ask('begin');
  await sink.ask('received');
  const { seconds } = await load.ask({ ...run.load, requests });
  const { cpu, rss, delay, flush, stats } = await server.ask('end');
  const { bytes } = await sink.ask('received');
  run.sent += requests;
  if (records(variant) && (stats?.recorded !== run.sent || stats.acknowledged !== run.sent)) {
    throw new Error(
      `${variant}: ${run.sent} requests were sent, but the ledger says ${JSON.stringify(stats)}`,
    );
  }
  return {
    perSecond: requests / seconds,
    main: cpu.main / requests / 1e3,
    all: cpu.all / requests / 1e3,
    busy: cpu.main / 1e9 / seconds,
    rssMb: rss / 2 ** 20,
    delivered: records(variant) ? bytes / requests : Number.NaN,
    delayP50: delay?.p50 ?? Number.NaN,
    delayP99: delay?.p99 ?? Number.NaN,
    delayMax: delay?.max ?? Number.NaN,
    flushLongest: flush?.longest ?? Number.NaN,
    flushTotal: flush === undefined ? Number.NaN : flush.total / seconds,
  };
}

/** One figure of each slice of each round. Memory counts at the end of a round. */
export function figures(results: Results, variant: Variant, figure: Figure): number[][] {
  const first = figure === 'rssMb' ? -1 : 0;
  return results.get(variant)!.map((slices) => slices.slice(first).map((slice) => slice[figure]));
}

/** What a variant adds to its base, slice by slice; of the throughput, what it keeps. */
export function difference(results: Results, variant: Variant, base: Variant, figure: Figure): Spread {
  return pairwise(figures(results, variant, figure), figures(results, base, figure), (value, bare) =>
    figure === 'perSecond' ? value / bare : value - bare,
  );
}

function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
}
