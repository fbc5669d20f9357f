import { availableParallelism, cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { perThread } from './cost.ts';
import { encodeCosts } from './encode.ts';
import type { Load, LoadResult } from './load.ts';
import { Helper } from './process.ts';
import type { Usage } from './server.ts';
import type { Received } from './sink.ts';
import { pairwise, spread } from './statistics.ts';
import { number, spreadText, table } from './table.ts';
import { records, type Variant } from './variants.ts';

// What recording costs a server: the same server with and without it, in alternating rounds, each its own process.

const USAGE = `npm run bench -- [--rounds 7] [--seconds 2 | --requests <count>] [--connections 32]
                 [--rate 20000] [--only fast | paced | encode]`;

const WARM_UP_REQUESTS = 10_000;
const SLICE_SECONDS = 0.25;

/** Variants, each with what it is compared to. */
const FAST: readonly (readonly [Variant, Variant | undefined])[] = [
  ['bare', undefined],
  ['close + two clock reads', 'bare'],
  ['raw-requests', 'bare'],
  ['express bare', undefined],
  ['express + raw-requests', 'express bare'],
];
const PACED: typeof FAST = [
  ['bare', undefined],
  ['raw-requests', 'bare'],
];

interface Settings {
  readonly rounds: number;
  readonly seconds: number;
  readonly requests: number | undefined;
  readonly connections: number;
  readonly rate: number;
}

interface Machinery {
  readonly load: Helper<Load, LoadResult>;
  readonly sink: Helper<'received', Received>;
}

/** One slice of a variant's load. Times are CPU time per request, in us. */
interface Slice {
  readonly perSecond: number;
  readonly main: number;
  readonly all: number;
  /** Part of the time in which the main thread was on a CPU. */
  readonly busy: number;
  readonly rssMb: number;
  /** Delay of the event loop, in ms. */
  readonly delayP50: number;
  readonly delayP99: number;
  readonly delayMax: number;
  /** The longest piece of a flush on the main thread, in ms, and all of them, in ms per second. */
  readonly flushLongest: number;
  readonly flushTotal: number;
}

type Figure = keyof Slice;

/** Of each variant the slices of each round. */
type Results = ReadonlyMap<Variant, readonly (readonly Slice[])[]>;

await main();

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      rounds: { type: 'string', default: '7' },
      seconds: { type: 'string', default: '2' },
      requests: { type: 'string' },
      connections: { type: 'string', default: '32' },
      rate: { type: 'string', default: '20000' },
      only: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return console.log(USAGE);
  const settings: Settings = {
    rounds: Number(values.rounds),
    seconds: Number(values.seconds),
    requests: values.requests === undefined ? undefined : Number(values.requests),
    connections: Number(values.connections),
    rate: Number(values.rate),
  };
  const wanted = (part: string) => values.only === undefined || values.only === part;

  const { model } = cpus()[0] ?? { model: 'unknown CPU' };
  console.log(
    `${model.trim()}, ${availableParallelism()} cores, Node ${process.version}, ${process.platform}`,
  );
  if (!perThread) console.log('The CPU time of a single thread is not known on this system.');

  const targets: string[] = [];
  if (wanted('fast') || wanted('paced')) {
    const machinery: Machinery = { load: await Helper.start('load.js'), sink: await Helper.start('sink.js') };
    if (wanted('fast')) targets.push(...reportFast(await measure(FAST, settings, machinery), settings));
    if (wanted('paced'))
      targets.push(...reportPaced(await measure(PACED, settings, machinery, settings.rate), settings));
    await machinery.load.stop();
    await machinery.sink.stop();
  }
  if (wanted('encode')) console.log(`\n${encodeCosts()}`);
  if (targets.length > 0) console.log(`\nTargets: ${targets.join('; ')}`);
}

/**
 * In each round each variant gets a fresh process. They are loaded in turns, a slice each, so that whatever disturbs
 * the machine for longer than a slice disturbs all of them; forward, then backward, for the same reason.
 */
async function measure(
  variants: typeof FAST,
  settings: Settings,
  machinery: Machinery,
  rate?: number,
): Promise<Results> {
  const results = new Map<Variant, Slice[][]>(variants.map(([variant]) => [variant, []]));
  const sliceSeconds = rate === undefined ? SLICE_SECONDS : SLICE_SECONDS * 4;
  const slices = Math.max(1, Math.round(settings.seconds / sliceSeconds));
  for (let round = 0; round < settings.rounds; round++) {
    progress(`round ${round + 1} of ${settings.rounds}`);
    const runs = await startAll(variants, settings, machinery, rate, sliceSeconds);
    for (const run of runs) results.get(run.variant)!.push([]);
    for (let slice = 0; slice < slices; slice++) {
      for (const run of slice % 2 === 0 ? runs : runs.toReversed()) {
        results.get(run.variant)![round]!.push(await runSlice(run, settings, machinery, rate));
      }
    }
    for (const { server } of runs) await server.stop();
  }
  progress('');
  return results;
}

/** A variant's process in one round. */
interface Run {
  readonly variant: Variant;
  readonly server: Helper<'begin' | 'end', Usage>;
  readonly port: number;
  /** Requests of each slice. */
  readonly requests: number;
  /** Requests so far. */
  sent: number;
}

async function startAll(
  variants: typeof FAST,
  settings: Settings,
  { load, sink }: Machinery,
  rate: number | undefined,
  sliceSeconds: number,
): Promise<Run[]> {
  const { url } = await sink.ask('received');
  const runs: Run[] = [];
  for (const [variant] of variants) {
    const args = ['--variant', variant, '--sink', url, ...(rate === undefined ? [] : ['--delays'])];
    const server = await Helper.start<'begin' | 'end', Usage>('server.js', args);
    const { port } = await server.ask('begin');
    const sent = WARM_UP_REQUESTS;
    const warmUp = await load.ask({ port, connections: settings.connections, requests: sent });
    const perSecond = rate ?? sent / warmUp.seconds;
    const requests = settings.requests ?? Math.ceil((perSecond * sliceSeconds) / 100) * 100;
    runs.push({ variant, server, port, requests, sent });
  }
  return runs;
}

async function runSlice(
  run: Run,
  { connections }: Settings,
  { load }: Machinery,
  rate?: number,
): Promise<Slice> {
  const { variant, server, port, requests } = run;
  await server.ask('begin');
  const { seconds } = await load.ask({
    port,
    connections,
    requests,
    ...(rate === undefined ? {} : { rate }),
  });
  const { cpu, rss, delay, flush, stats } = await server.ask('end');
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
    delayP50: delay?.p50 ?? Number.NaN,
    delayP99: delay?.p99 ?? Number.NaN,
    delayMax: delay?.max ?? Number.NaN,
    flushLongest: flush?.longest ?? Number.NaN,
    flushTotal: flush === undefined ? Number.NaN : flush.total / seconds,
  };
}

function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
}

/** Prints how fast servers are that are never idle; returns the targets that this decides. */
function reportFast(results: Results, { rounds, connections }: Settings): string[] {
  console.log(`\nAs fast as it goes over ${connections} connections, medians of ${rounds} rounds`);
  const middle = (variant: Variant, figure: Figure) => spread(figures(results, variant, figure)).median;
  console.log(
    table(
      ['server', 'requests/s', 'main thread, us', 'all threads, us', 'main thread busy', 'RSS, MB'],
      FAST.map(([variant]) => [
        variant,
        number(middle(variant, 'perSecond'), 0),
        number(middle(variant, 'main'), 2),
        number(middle(variant, 'all'), 2),
        `${number(middle(variant, 'busy') * 100, 0)} %`,
        number(middle(variant, 'rssMb'), 1),
      ]),
    ),
  );
  console.log('\nAdded to the bare server beside it: median (min .. max of the rounds)');
  const head = ['server', 'main thread, us', 'all threads, us', 'throughput kept', 'RSS, MB'];
  console.log(table(head, differenceRows(results, FAST)));

  const { main, all, kept } = differences(results, 'raw-requests', 'bare');
  return [
    target('main thread <= 2 us', `${number(main.median, 2)} us`, main.median <= 2),
    target('all threads <= 5 us', `${number(all.median, 2)} us`, all.median <= 5),
    target('throughput kept >= 95 %', `${number(kept.median * 100, 1)} %`, kept.median >= 0.95),
  ];
}

/** The same for servers that have time left: only then a delay says something. */
function reportPaced(results: Results, { rounds, rate, connections }: Settings): string[] {
  console.log(`\n${rate} requests/s over ${connections} connections, medians of ${rounds} rounds`);
  const middle = (variant: Variant, figure: Figure) => spread(figures(results, variant, figure)).median;
  console.log(
    table(
      ['server', 'main thread, us', 'all threads, us', 'loop delay p50, ms', 'p99', 'max', 'RSS, MB'],
      PACED.map(([variant]) => [
        variant,
        number(middle(variant, 'main'), 2),
        number(middle(variant, 'all'), 2),
        number(middle(variant, 'delayP50'), 2),
        number(middle(variant, 'delayP99'), 2),
        number(middle(variant, 'delayMax'), 2),
        number(middle(variant, 'rssMb'), 1),
      ]),
    ),
  );
  console.log('\nAdded to the bare server beside it: median (min .. max of the rounds)');
  const flush = spread(figures(results, 'raw-requests', 'flushLongest'));
  const flushes = spread(figures(results, 'raw-requests', 'flushTotal'));
  const head = [
    'server',
    'main thread, us',
    'all threads, us',
    'RSS, MB',
    'longest flush, ms',
    'flushes, ms per s',
  ];
  const rows = differenceRows(results, PACED).map(([variant, main, all, _kept, rss]) => [
    variant!,
    main!,
    all!,
    rss!,
    spreadText(flush, 2),
    spreadText(flushes, 2),
  ]);
  console.log(table(head, rows));
  return [target('longest flush < 1 ms', `${number(flush.median, 2)} ms`, flush.median < 1)];
}

function differenceRows(results: Results, variants: typeof FAST): string[][] {
  return variants.flatMap(([variant, base]) => {
    if (base === undefined) return [];
    const { main, all, kept, rssMb } = differences(results, variant, base);
    return [[variant, spreadText(main, 2), spreadText(all, 2), spreadText(kept, 3), spreadText(rssMb, 1)]];
  });
}

function differences(results: Results, variant: Variant, base: Variant) {
  const compare = (figure: Figure, how: (value: number, bare: number) => number) =>
    pairwise(figures(results, variant, figure), figures(results, base, figure), how);
  const minus = (value: number, bare: number) => value - bare;
  return {
    main: compare('main', minus),
    all: compare('all', minus),
    kept: compare('perSecond', (value, bare) => value / bare),
    rssMb: compare('rssMb', minus),
  };
}

/** One figure of each slice of each round. Memory counts at the end of a round. */
function figures(results: Results, variant: Variant, figure: Figure): number[][] {
  const first = figure === 'rssMb' ? -1 : 0;
  return results.get(variant)!.map((slices) => slices.slice(first).map((slice) => slice[figure]));
}

function target(what: string, measured: string, met: boolean): string {
  return `${what}: ${measured}, ${met ? 'met' : 'MISSED'}`;
}
