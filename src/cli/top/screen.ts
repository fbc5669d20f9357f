import { printable } from '../../safety/printable.ts';
import type { Figures } from '../../view/page/data/figures/figures.ts';
import { textOf } from '../../view/page/diagnosis/finding.ts';
import { formatRate, formatSeconds, formatTime, formatZone } from '../../view/page/format.ts';
import { paint } from '../paint.ts';
import { count, counted } from '../text.ts';
import type { InFlight } from './in-flight.ts';
import type { RouteFigures, Snapshot } from './live-requests.ts';
import { fit, widthOf, wrap } from './width.ts';

/** The orders of the table of routes. */
export const ORDERS = ['time', 'count', 'errors', 'p50', 'p95', 'p99'] as const;
export type Order = (typeof ORDERS)[number];

export interface Screen {
  readonly columns: number;
  readonly rows: number;
  readonly address: string;
  readonly order: Order;
  /** The text that is looked for. */
  readonly filter: string;
  /** The first route of the table. */
  readonly offset: number;
  readonly isPaused: boolean;
  /** The last line: keys, or what is being typed. */
  readonly footer: string;
  /** Block characters and the like; else ASCII only. */
  readonly isUnicode: boolean;
}

const MAX_FINDINGS = 3;
const FINDING_LINES = 2;
const MAX_OPEN = 4;
const MAX_PROCESSES = 4;
/** Requests that have been open for less time are not listed, ms. */
const SHORTEST_OPEN_MS = 1000;
/** Lines that are kept for the table of routes. */
const MIN_ROUTE_LINES = 5;
const BARS = { unicode: ' ▁▂▃▄▅▆▇█', ascii: ' .:-=+*#@' };

/** The lines of the screen, at most `rows` of at most `columns` columns, with marks of `paint`. */
export function linesOf(snapshot: Snapshot, screen: Screen): string[] {
  const { columns, rows, isUnicode } = screen;
  const above = [...heads(snapshot, screen), ...sentences(snapshot, columns)];
  const room = Math.max(0, rows - above.length - MIN_ROUTE_LINES - 1);
  const parts = [openRequests(snapshot, columns), processes(snapshot, screen)];
  const middle = parts.flat().slice(0, room);
  const left = rows - above.length - middle.length - 1;
  const table = routes(snapshot, screen).slice(0, Math.max(0, left));
  const filler = Number.isFinite(left) ? Array<string>(Math.max(0, left - table.length)).fill('') : [];
  const footer = screen.footer === '' ? [] : [paint.dim(fit(screen.footer, columns).trimEnd())];
  const lines = [...above, ...middle, ...table, ...filler, ...footer];
  return isUnicode
    ? lines
    : lines.map((line) => line.replaceAll('µ', 'u').replaceAll('…', '~').replaceAll('–', '-'));
}

function heads(snapshot: Snapshot, { columns, address, isPaused, filter }: Screen): string[] {
  const { total, windowMs, wallMs, open } = snapshot;
  const clock = `${formatTime(wallMs)} ${formatZone(wallMs)}`;
  const state = isPaused ? 'paused' : stateOf(snapshot);
  const title = fit(`Requests of ${address}`, columns - clock.length - widthOf(state) - 4);
  const found = filter === '' ? '' : ` with "${filter}"`;
  const perSecond = formatRate((total.count * 1000) / windowMs);
  const first = [
    `${counted(total.count, 'request')}${found} in ${windowMs / 1000} s`,
    `${perSecond}/s`,
    share('error', total.errors, total.count),
    `${total.aborted} aborted`,
    `${open.length} open`,
  ];
  const others = (['upgraded', 'streams', 'rejected', 'failed'] as const)
    .filter((name) => total[name] > 0)
    .map((name) => `${count(total[name])} ${name}`);
  const second = `${count(total.answered)} answered: ${times(total)}${others.length > 0 ? `; apart: ${others.join(', ')}` : ''}`;
  const worst = total.errors > 0 ? paint.bad : (text: string) => text;
  return [
    `${paint.bold(title)}  ${clock}  ${state === 'live' ? paint.good(state) : paint.bad(state)}`,
    worst(fit(first.join('  '), columns).trimEnd()),
    fit(second, columns).trimEnd(),
  ];
}

function times({ p50, p95, p99, max }: Figures): string {
  return `p50 ${formatSeconds(p50)}  p95 ${formatSeconds(p95)}  p99 ${formatSeconds(p99)}  max ${formatSeconds(max)}`;
}

function share(noun: string, part: number, all: number): string {
  const percent = part === 0 ? '' : ` (${((part / all) * 100).toFixed(1)} %)`;
  return `${counted(part, noun)}${percent}`;
}

function stateOf({ connection, wallMs }: Snapshot): string {
  if (connection.state === 'gone') return `the view is gone since ${formatTime(wallMs)}`;
  if (connection.state === 'signed-out') return 'the view asks for its token';
  return connection.state;
}

/** What stands out. */
function sentences({ findings, total }: Snapshot, columns: number): string[] {
  if (findings.length === 0) return total.count === 0 ? [] : [paint.dim('Nothing stands out.')];
  return findings
    .slice(0, MAX_FINDINGS)
    .flatMap((finding) => wrap(`! ${printable(textOf(finding))}`, columns, FINDING_LINES).map(paint.bad));
}

function openRequests({ open }: Snapshot, columns: number): string[] {
  const old = open.filter(({ ageMs }) => ageMs >= SHORTEST_OPEN_MS);
  if (old.length === 0) return [];
  const lines = old.slice(0, MAX_OPEN).map(({ ageMs, method, name, process, slot, answering }) => {
    const where = `${printable(process)} slot ${slot}${answering ? ', answering' : ''}`;
    const age = formatSeconds(ageMs / 1000).padStart(9);
    const room = columns - age.length - widthOf(where) - 4;
    return `${age}  ${fit(printable(`${method} ${name}`), Math.max(10, room))}  ${where}`;
  });
  const more = old.length > MAX_OPEN ? ` (the oldest ${MAX_OPEN} of ${old.length})` : '';
  return [
    paint.bold(fit(`Open for a second or more${more}`, columns).trimEnd()),
    ...lines.map((line) => fit(line, columns).trimEnd()),
  ];
}

function processes({ inFlight, windowMs }: Snapshot, { columns, isUnicode }: Screen): string[] {
  if (inFlight.length === 0) return [];
  const busiest = [...inFlight].sort((a, b) => b.mean - a.mean).slice(0, MAX_PROCESSES);
  const most = Math.max(...busiest.map(({ parts }) => Math.max(...parts)));
  const bars = isUnicode ? BARS.unicode : BARS.ascii;
  const lines = busiest.map(({ name, count: n, mean, parts }) => {
    const strip = stripOf(parts, most, bars);
    const rest = `${formatRate((n * 1000) / windowMs).padStart(7)}/s  ${mean.toFixed(2).padStart(7)} in flight  ${strip}`;
    return `${fit(printable(name), Math.max(8, columns - widthOf(rest) - 1))} ${rest}`;
  });
  const more = inFlight.length > MAX_PROCESSES ? ` (the busiest ${MAX_PROCESSES} of ${inFlight.length})` : '';
  return [
    paint.bold(fit(`Processes, requests in flight over time${more}`, columns).trimEnd()),
    ...lines.map((line) => fit(line, columns).trimEnd()),
  ];
}

function stripOf(parts: InFlight['parts'], most: number, bars: string): string {
  const levels = bars.length - 1;
  return Array.from(parts, (value) => bars[most === 0 ? 0 : Math.ceil((value / most) * levels)]).join('');
}

const value: Readonly<Record<Order, (figures: Figures) => number>> = {
  time: ({ time }) => time,
  count: ({ count: n }) => n,
  errors: ({ errors }) => errors,
  p50: ({ p50 }) => p50 || 0,
  p95: ({ p95 }) => p95 || 0,
  p99: ({ p99 }) => p99 || 0,
};

function routes(snapshot: Snapshot, { columns, order, offset }: Screen): string[] {
  const seconds = snapshot.windowMs / 1000;
  const sum = snapshot.routes.reduce((all, { figures }) => all + value.time(figures), 0);
  const cells = ({ figures }: RouteFigures): string[] => [
    count(figures.count),
    formatRate(figures.count / seconds),
    count(figures.errors),
    formatSeconds(figures.p50),
    formatSeconds(figures.p95),
    formatSeconds(figures.p99),
    sum === 0 ? '-' : `${Math.round((value.time(figures) / sum) * 100)} %`,
  ];
  const widths = [8, 7, 7, 8, 8, 8, 5];
  const row = (name: string, texts: readonly string[]) => {
    const rest = texts.map((text, i) => text.padStart(widths[i]!)).join(' ');
    return `${fit(name, Math.max(8, columns - rest.length - 1))} ${rest}`;
  };
  const sorted = [...snapshot.routes].sort(
    (a, b) => value[order](b.figures) - value[order](a.figures) || b.figures.count - a.figures.count,
  );
  const shown = sorted.slice(offset);
  const title = `Routes by ${order}${offset > 0 ? `, from ${offset + 1} of ${sorted.length}` : ''}`;
  const header = row(title, ['requests', '/s', 'errors', 'p50', 'p95', 'p99', 'time']);
  return [
    paint.bold(fit(header, columns).trimEnd()),
    ...shown.map((route) => {
      const line = fit(row(printable(route.name), cells(route)), columns).trimEnd();
      return route.figures.errors > 0 ? paint.bad(line) : line;
    }),
  ];
}
