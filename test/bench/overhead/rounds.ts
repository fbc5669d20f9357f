import { Helper } from '../process.ts';
import { median } from '../statistics.ts';
import type { Collected } from './collector.ts';
import type { Load, LoadResult } from './load.ts';
import type { Question, Usage } from './server.ts';
import type { ServerName } from './servers.ts';
import { records, type VariantName, variants } from './variants.ts';

export interface Settings {
  readonly rounds: number;
  /** How long each variant is loaded in a round, as fast as it goes, and at each of the rates. */
  readonly seconds: number;
  readonly connections: number;
  /** Parts of the bare server's capacity. */
  readonly rates: readonly number[];
}

/** The figures of one slice of a variant's load; which ones depends on the kind of slice. */
export type Slice = Partial<Record<string, number>>;

/** Of each variant the slices of each round. */
export type Results = ReadonlyMap<VariantName, readonly (readonly Slice[])[]>;

/** A server is asked so much to see how fast it is, then for as long as it takes until its code is compiled. */
const FIRST_REQUESTS = 2000;
const WARM_UP_SECONDS = 1;
const SLICE_SECONDS = 0.25;
/** A flush comes once a second: a slice that looks for its traces has to hold one. */
const PACED_SLICE_SECONDS = 1.2;
/** Between two looks at the heap: so few that the garbage collector seldom runs between them. */
const HEAP_REQUESTS = 50;
const HEAP_SLICES = 21;

/** The processes that are not measured. */
interface Machinery {
  readonly load: Helper<Load, LoadResult>;
  readonly collector: Helper<number, Collected>;
}

/** A variant's process in one round. */
interface Run {
  readonly variant: VariantName;
  readonly server: Helper<Question, Usage | number>;
  readonly port: number;
  readonly sink: number;
  /** Requests per second, as fast as it goes. */
  readonly perSecond: number;
  readonly slices: Slice[];
  /** Requests so far. */
  sent: number;
}

/**
 * Measures variants of a server: as fast as it goes, at fixed rates, and what a request allocates.
 *
 * In each round each gets a fresh process. They are loaded in turns, a slice each, so that whatever disturbs the
 * machine for longer than a slice disturbs all of them; forward, then backward, for the same reason.
 */
export async function measure(
  server: ServerName,
  compared: readonly VariantName[],
  settings: Settings,
): Promise<Results> {
  const machinery: Machinery = {
    load: await Helper.start('overhead/load.js'),
    collector: await Helper.start('overhead/collector.js'),
  };
  const results = new Map<VariantName, Slice[][]>(compared.map((variant) => [variant, []]));
  for (let round = 0; round < settings.rounds; round++) {
    progress(`${server}: round ${round + 1} of ${settings.rounds}`);
    const runs: Run[] = [];
    for (const variant of compared) runs.push(await start(server, variant, settings, machinery));
    await measureRound(runs, settings, machinery);
    for (const run of runs) {
      await finish(run, machinery);
      results.get(run.variant)!.push(run.slices);
    }
  }
  progress('');
  await machinery.load.stop();
  await machinery.collector.stop();
  return results;
}

async function measureRound(runs: readonly Run[], settings: Settings, machinery: Machinery): Promise<void> {
  const { seconds, connections, rates } = settings;
  const inTurns = async (slices: number, run: (run: Run) => Promise<void>) => {
    for (let slice = 0; slice < slices; slice++)
      for (const each of slice % 2 === 0 ? runs : runs.toReversed()) await run(each);
  };
  const fastSlices = Math.max(1, Math.round(seconds / SLICE_SECONDS));
  await inTurns(fastSlices, (run) => fast(run, connections, machinery));
  const capacity = median(runs[0]!.slices.flatMap(({ perSecond }) => perSecond ?? []));
  const pacedSlices = Math.max(1, Math.round(seconds / PACED_SLICE_SECONDS));
  for (const part of rates)
    await inTurns(pacedSlices, (run) => paced(run, part, capacity * part, connections, machinery));
  await inTurns(1, (run) => heap(run, machinery));
}

async function start(
  server: ServerName,
  variant: VariantName,
  { connections }: Settings,
  { load, collector }: Machinery,
): Promise<Run> {
  const { port: sink } = await collector.ask(0);
  const url = `http://127.0.0.1:${sink}`;
  const args = ['--server', server, '--variant', variant, '--sink', url];
  const helper = await Helper.start<Question, Usage | number>('overhead/server.js', args, {
    execArgv: [...(variants[variant].args ?? [])],
    env: { ...process.env, ...(records(variant) ? { INFLUX_URL: url, INFLUX_DATABASE: 'bench' } : {}) },
  });
  const { port, startMs } = (await helper.ask('begin')) as Usage;
  const asked = { port, connections, rate: undefined };
  const first = await load.ask({ ...asked, requests: FIRST_REQUESTS });
  const warmUp = Math.ceil((FIRST_REQUESTS / first.seconds) * WARM_UP_SECONDS);
  const warm = await load.ask({ ...asked, requests: warmUp });
  const perSecond = warmUp / warm.seconds;
  return {
    variant,
    server: helper,
    port,
    sink,
    perSecond,
    slices: [{ startMs }],
    sent: FIRST_REQUESTS + warmUp,
  };
}

async function fast(run: Run, connections: number, { load }: Machinery): Promise<void> {
  const { server, port } = run;
  const requests = Math.ceil((run.perSecond * SLICE_SECONDS) / 100) * 100;
  await server.ask('begin');
  const { seconds } = await load.ask({ port, connections, requests, rate: undefined });
  const { cpu } = (await server.ask('end')) as Usage;
  run.sent += requests;
  run.slices.push({
    perSecond: requests / seconds,
    main: cpu.main / requests / 1e3,
    all: cpu.all / requests / 1e3,
    busy: cpu.main / 1e9 / seconds,
  });
}

async function paced(
  run: Run,
  part: number,
  rate: number,
  connections: number,
  { load }: Machinery,
): Promise<void> {
  const { server, port } = run;
  const requests = Math.ceil(rate * PACED_SLICE_SECONDS);
  await server.ask('begin');
  const { answered, p50, p99, p999 } = await load.ask({ port, connections, requests, rate });
  const { delay, flush } = (await server.ask('end')) as Usage;
  run.sent += answered;
  const at = `${Math.round(part * 100)}`;
  run.slices.push({
    [`p50At${at}`]: p50,
    [`p99At${at}`]: p99,
    [`p999At${at}`]: p999,
    [`answeredAt${at}`]: answered / requests,
    [`delayP99At${at}`]: delay.p99,
    [`delayMaxAt${at}`]: delay.max,
    ...(flush && { flushLongest: flush.longest }),
  });
}

/** What requests leave on the heap, until the garbage collector comes. */
async function heap(run: Run, { load }: Machinery): Promise<void> {
  const { server, port } = run;
  const bytes: number[] = [];
  for (let slice = 0; slice < HEAP_SLICES; slice++) {
    const before = (await server.ask('heap')) as number;
    await load.ask({ port, connections: 1, requests: HEAP_REQUESTS, rate: undefined });
    const after = (await server.ask('heap')) as number;
    run.sent += HEAP_REQUESTS;
    if (after > before) bytes.push((after - before) / HEAP_REQUESTS);
  }
  if (bytes.length > 0) run.slices.push({ allocated: median(bytes) });
}

async function finish(run: Run, { collector }: Machinery): Promise<void> {
  const { rss, stats } = (await run.server.ask('end')) as Usage;
  const { bytes } = await collector.ask(run.sink);
  run.slices.push({ rssMb: rss / 2 ** 20, ...(bytes > 0 && { delivered: bytes / run.sent }) });
  await run.server.stop();
  if (!records(run.variant) || (stats?.recorded === run.sent && stats.acknowledged === run.sent)) return;
  throw new Error(
    `${run.variant}: ${run.sent} requests were sent, but the ledger says ${JSON.stringify(stats)}`,
  );
}

function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
}
