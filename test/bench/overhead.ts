import { availableParallelism, cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { perThread } from './overhead/cost.ts';
import { durationCosts } from './overhead/durations.ts';
import { encodeCosts } from './overhead/encode.ts';
import {
  type Comparison,
  difference,
  type Figure,
  figures,
  measure,
  type Results,
  type Settings,
} from './overhead/rounds.ts';
import { startCosts } from './overhead/start.ts';
import type { Variant } from './overhead/variants.ts';
import { type Spread, spread } from './statistics.ts';
import { number, spreadText, table } from './table.ts';

// What recording costs a server: the same server with and without it, in turns, each its own process.

const USAGE = `npm run bench -- [options]
  --rounds <count>         7; each has fresh processes
  --seconds <count>        1.5; how long each server is loaded in a round
  --requests <count>       so many requests at a time, in place of as many as are answered in a quarter of a second
  --connections <count>    32
  --rate <count>           20000; requests per second where a server is not to be busy all the time
  --only <part>            fast, paced, encode, durations or start`;

const FAST: Comparison = [
  ['bare', undefined],
  ['close + two clock reads', 'bare'],
  ['raw-requests', 'bare'],
  ['express bare', undefined],
  ['express + raw-requests', 'express bare'],
];
const PACED: Comparison = [
  ['bare', undefined],
  ['raw-requests', 'bare'],
];

/** A server that is never idle runs for this part of the time, when nothing but its load runs beside it. */
const LEAST_BUSY = 0.75;

type Column = readonly [head: string, cell: (variant: Variant, base: Variant) => string];

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '7' },
    seconds: { type: 'string', default: '1.5' },
    requests: { type: 'string' },
    connections: { type: 'string', default: '32' },
    rate: { type: 'string', default: '20000' },
    only: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) console.log(USAGE);
else await main();

async function main(): Promise<void> {
  const settings: Settings = {
    rounds: Number(values.rounds),
    seconds: Number(values.seconds),
    requests: values.requests === undefined ? undefined : Number(values.requests),
    connections: Number(values.connections),
  };
  const rate = Number(values.rate);
  const isWanted = (part: string) => values.only === undefined || values.only === part;
  const { model } = cpus()[0] ?? { model: 'unknown CPU' };
  console.log(
    `${model.trim()}, ${availableParallelism()} cores, Node ${process.version}, ${process.platform}`,
  );
  if (!perThread) console.log('This system does not tell the CPU time of a single thread.');

  const targets: string[] = [];
  const medians = `${settings.connections} connections, medians of ${settings.rounds} rounds`;
  if (isWanted('fast')) {
    console.log(`\nAs fast as it goes, ${medians}`);
    targets.push(...reportFast(await measure(FAST, settings)));
  }
  if (isWanted('paced')) {
    console.log(`\n${rate} requests/s, ${medians}`);
    targets.push(...reportPaced(await measure(PACED, settings, rate)));
  }
  if (isWanted('encode')) console.log(`\n${encodeCosts()}`);
  if (isWanted('durations')) console.log(`\n${durationCosts()}`);
  if (isWanted('start')) console.log(`\n${startCosts()}`);
  if (targets.length > 0) console.log(`\nTargets: ${targets.join('; ')}`);
}

/** Prints what servers cost that are never idle; returns the targets that this decides. */
function reportFast(results: Results): string[] {
  const { middle, added } = columnsOf(results);
  print(FAST, [
    ['requests/s', middle('perSecond', 0)],
    ['main thread, us', middle('main', 2)],
    ['all threads, us', middle('all', 2)],
    ['main thread busy', middle('busy', 2)],
    ['delivered, bytes', middle('delivered', 1)],
    ['RSS, MB', middle('rssMb', 1)],
  ]);
  print(compared(FAST), [
    ['main thread, us', added('main', 2)],
    ['all threads, us', added('all', 2)],
    ['throughput kept', added('perSecond', 3)],
    ['RSS, MB', added('rssMb', 1)],
  ]);
  const busy = spread(figures(results, 'bare', 'busy')).median;
  if (busy < LEAST_BUSY) {
    console.log(
      `\nThe machine has other work: the bare server ran ${number(busy * 100, 0)} % of the time. Better repeat this.`,
    );
  }
  const of = (figure: Figure) => difference(results, 'raw-requests', 'bare', figure).median;
  return [
    target('main thread <= 2 us', `${number(of('main'), 2)} us`, of('main') <= 2),
    target('all threads <= 5 us', `${number(of('all'), 2)} us`, of('all') <= 5),
    target('throughput kept >= 95 %', `${number(of('perSecond') * 100, 1)} %`, of('perSecond') >= 0.95),
  ];
}

/** The same of servers that have time left: only then a delay says something. */
function reportPaced(results: Results): string[] {
  const { middle, added } = columnsOf(results);
  const flush: Spread = spread(figures(results, 'raw-requests', 'flushLongest'));
  print(PACED, [
    ['main thread, us', middle('main', 2)],
    ['all threads, us', middle('all', 2)],
    ['loop delay p50, ms', middle('delayP50', 2)],
    ['p99', middle('delayP99', 2)],
    ['max', middle('delayMax', 2)],
    ['RSS, MB', middle('rssMb', 1)],
  ]);
  print(compared(PACED), [
    ['main thread, us', added('main', 2)],
    ['all threads, us', added('all', 2)],
    ['RSS, MB', added('rssMb', 1)],
    ['longest flush, ms', () => spreadText(flush, 2)],
    ['flushes, ms per s', middle('flushTotal', 2)],
  ]);
  const rssMb = difference(results, 'raw-requests', 'bare', 'rssMb').median;
  return [
    target('longest flush < 1 ms', `${number(flush.median, 2)} ms`, flush.median < 1),
    target('RSS <= 25 MB', `${number(rssMb, 1)} MB`, rssMb <= 25),
  ];
}

function columnsOf(results: Results) {
  return {
    middle: (figure: Figure, digits: number) => (variant: Variant) =>
      number(spread(figures(results, variant, figure)).median, digits),
    added: (figure: Figure, digits: number) => (variant: Variant, base: Variant) =>
      spreadText(difference(results, variant, base, figure), digits),
  };
}

function compared(comparison: Comparison): Comparison {
  return comparison.filter(([, base]) => base !== undefined);
}

/** Prints a table with a row for each variant; of comparisons alone, what is added to their base. */
function print(rows: Comparison, columns: readonly Column[]): void {
  const isDifference = rows.every(([, base]) => base !== undefined);
  if (isDifference) console.log('\nAdded to the bare server beside it, median (min .. max of the rounds)');
  const cells = rows.map(([variant, base]) => [
    variant,
    ...columns.map(([, cell]) => cell(variant, base ?? variant)),
  ]);
  console.log(table(['server', ...columns.map(([head]) => head)], cells));
}

function target(what: string, measured: string, isMet: boolean): string {
  return `${what}: ${measured}, ${isMet ? 'met' : 'MISSED'}`;
}
