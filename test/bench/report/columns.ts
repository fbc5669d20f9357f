import type { Spread } from '../statistics.ts';
import { number, spreadText } from '../table.ts';
import type { Row } from './summary.ts';

/** A column of the tables: its head, and the cell of a variant. */
export type Column = readonly [head: string, cell: (row: Row) => string];

const value = (name: string, digits: number) => (row: Row) =>
  number(row[name]?.value.median ?? Number.NaN, digits);
const beside = (name: string, digits: number) => (row: Row) => text(row[name]?.beside, digits);

function text(spread: Spread | undefined, digits: number): string {
  return spread === undefined ? '-' : spreadText(spread, digits);
}

/** The least part of the requests that were due for a server to count as one that keeps up. */
const KEEPS_UP = 0.98;

/** Response times at a rate; they say nothing of a server that does not keep up with it. */
const times = (at: number) => (row: Row) => {
  const answered = row[`answeredAt${at}`]?.value.median ?? Number.NaN;
  if (answered < KEEPS_UP) return 'too slow';
  return ['p50', 'p99', 'p999'].map((name) => value(`${name}At${at}`, 2)(row)).join(' / ');
};

/** What recording costs, beside the bare server. */
export const COSTS: readonly Column[] = [
  ['main thread, us', beside('main', 2)],
  ['all threads, us', beside('all', 2)],
  ['throughput kept', beside('perSecond', 2)],
  ['allocated, bytes', beside('allocated', 0)],
  ['RSS, MB', beside('rssMb', 0)],
  ['start, CPU ms', beside('startMs', 0)],
  ['sent, bytes', value('delivered', 0)],
];

/** What its clients and the event loop notice, at fixed rates. */
export function delays(rates: readonly number[]): readonly Column[] {
  return rates.flatMap((rate): Column[] => {
    const at = Math.round(rate * 100);
    return [
      [`p50 / p99 / p99.9 at ${at} %, ms`, times(at)],
      ['loop delay p99, ms', value(`delayP99At${at}`, 2)],
      ['max', value(`delayMaxAt${at}`, 1)],
    ];
  });
}

/** The bare server itself. */
export function bareText(row: Row): string {
  const [main, all, perSecond] = [value('main', 1)(row), value('all', 1)(row), value('perSecond', 0)(row)];
  const [rss, allocated, start] = [
    value('rssMb', 0)(row),
    value('allocated', 0)(row),
    value('startMs', 0)(row),
  ];
  return `Alone: ${main} us on the main thread and ${all} us in all, ${perSecond} requests/s, ${allocated} bytes allocated, ${rss} MB, ${start} ms of CPU to start`;
}

/** A warning if other programs used the machine. */
export function busyText(row: Row): string | undefined {
  const busy = row.busy?.value.median ?? Number.NaN;
  return busy < 0.75
    ? `The bare server ran ${number(busy * 100, 0)} % of the time: the load generator is too slow, or the machine has other work.`
    : undefined;
}
