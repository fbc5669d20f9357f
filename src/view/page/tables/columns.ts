import type { Figures } from '../data/figures/figures.ts';
import { element, setText } from '../dom.ts';
import { formatCount, formatSeconds } from '../format.ts';

export interface Column {
  readonly key: keyof Figures | 'route';
  readonly name: string;
  readonly title: string;
}

/** The columns of the table of routes, and of that of processes. */
export const COLUMNS: readonly Column[] = [
  { key: 'route', name: 'Route', title: 'Click a row to see only its requests' },
  { key: 'count', name: 'Requests', title: 'Requests in view' },
  { key: 'errors', name: '5xx', title: 'Answered with a status of 500 and above' },
  {
    key: 'aborted',
    name: 'Aborted',
    title: 'Lost their connection before all was sent, or were never finished',
  },
  {
    key: 'time',
    name: 'Time in all',
    title: 'Sum of the time of all requests but streams and upgraded connections, and its share',
  },
  { key: 'mean', name: 'Mean', title: 'Mean response time of the answered requests' },
  { key: 'p50', name: 'p50', title: 'Half of the answered requests took no longer' },
  { key: 'p95', name: 'p95', title: '95 % of the answered requests took no longer' },
  { key: 'p99', name: 'p99', title: '99 % of the answered requests took no longer' },
  { key: 'max', name: 'Max', title: 'The slowest of the answered requests' },
  {
    key: 'firstByte',
    name: 'First byte',
    title: 'Mean time from the start to the response head of the answered requests: the time of the server',
  },
  {
    key: 'afterFirstByte',
    name: 'Client took',
    title:
      'Mean time from the response head to the end of the answered requests: sending, at the pace of the client',
  },
];

/** Routes without response times, such as those of upgraded connections only, come after the fastest. */
export function orderable(value: number): number {
  return Number.isNaN(value) ? -1 : value;
}

/** Fills the cells of a row, but the first. */
export function fill(cells: readonly HTMLTableCellElement[], figures: Figures, total: Figures): void {
  const row = cells[0]!.parentElement!;
  const title = populationText(figures);
  if (row.title !== title) row.title = title;
  COLUMNS.forEach(({ key }, i) => {
    const cell = cells[i]!;
    switch (key) {
      case 'route':
        break;
      case 'count':
        fillShare(cell, formatCount(figures.count), figures.count / Math.max(1, total.count), false);
        break;
      case 'time':
        fillShare(cell, formatSeconds(figures.time), figures.time / (total.time || 1), true);
        break;
      case 'errors':
      case 'aborted':
        setText(cell, formatCount(figures[key]));
        cell.classList.toggle('zero', figures[key] === 0);
        cell.classList.toggle('bad', figures[key] > 0);
        break;
      default:
        setText(cell, formatSeconds(figures[key]));
    }
  });
}

/** A number with its share of all, as a line below it and, if wanted, in percent. */
function fillShare(cell: HTMLTableCellElement, text: string, share: number, inPercent: boolean): void {
  if (cell.children.length === 0) {
    cell.append(element('span', { class: 'share', 'aria-hidden': 'true' }), element('span'));
    if (inPercent) cell.append(element('small'));
  }
  const [bar, number, percent] = cell.children as unknown as [HTMLElement, HTMLElement, HTMLElement?];
  bar.style.width = `${(share * 100).toFixed(1)}%`;
  setText(number, text);
  if (percent !== undefined) setText(percent, `${Math.round(share * 100)} %`);
}

/** exact times of the 2 375 answered; apart: 54 5xx, 12 aborted, 17 upgraded */
export function populationText(figures: Figures): string {
  const apart = [
    [figures.failed, '5xx'],
    [figures.aborted, 'aborted'],
    [figures.upgraded, 'upgraded'],
    [figures.rejected, 'rejected'],
    [figures.streams, `streams (first byte p95 ${formatSeconds(figures.streamP95)})`],
  ]
    .filter(([count]) => count !== 0)
    .map(([count, name]) => `${formatCount(count as number)} ${name}`);
  const times = `exact times of the ${formatCount(figures.answered)} answered`;
  return apart.length === 0 ? times : `${times}; apart: ${apart.join(', ')}`;
}
