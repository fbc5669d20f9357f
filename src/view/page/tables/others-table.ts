import type { Other } from '../../shared/feed.ts';
import { element } from '../dom.ts';
import type { Palette } from '../drawing/theme.ts';
import { formatCount } from '../format.ts';

/** The most rows. */
const MAX_ROWS = 60;

/** Head and body of the table of other measurements: a row per series, those of one measurement and field together. */
export function tableOfOthers(others: readonly Other[], palette: Palette): HTMLElement[] {
  const head = element('tr');
  for (const [name, kind] of HEAD) head.append(element('th', { class: kind, scope: 'col' }, name));
  const sorted = [...others].sort((a, b) => order(a).localeCompare(order(b), 'en', { numeric: true }));
  const body = element('tbody', {}, ...sorted.slice(0, MAX_ROWS).map((other) => rowOf(other, palette)));
  if (others.length > MAX_ROWS) {
    const more = `${formatCount(others.length - MAX_ROWS)} more`;
    body.append(element('tr', {}, element('td', { class: 'name dim', colspan: '5' }, more)));
  }
  return [element('thead', {}, head), body];
}

const HEAD = [
  ['Measurement', 'name'],
  ['Field', 'name'],
  ['Of', 'name'],
  ['Last value', 'number'],
  ['Newest points', 'name'],
] as const;

const order = ({ measurement, field, tags }: Other) => `${measurement} ${field} ${aboutOf(tags)}`;

function rowOf({ measurement, tags, field, points }: Other, palette: Palette): HTMLElement {
  const about = aboutOf(tags);
  const cell = (text: string, kind: string) => element('td', { class: kind, title: text }, text);
  return element(
    'tr',
    {},
    cell(measurement, 'name'),
    cell(field, 'name'),
    cell(about, 'name dim'),
    element('td', { class: 'number' }, compact(points.at(-1)?.[1])),
    element('td', { class: 'name' }, sparkline(points, palette)),
  );
}

/** The process alone if there is one, because host, worker and others are in it; else all tags. */
function aboutOf(tags: Other['tags']): string {
  const { process, thread = '0' } = tags;
  if (process !== undefined) return thread === '0' ? process : `${process} thread ${thread}`;
  return Object.entries(tags)
    .map(([name, value]) => `${name}=${value}`)
    .join(' ');
}

function sparkline(points: Other['points'], palette: Palette): HTMLCanvasElement {
  const canvas = element('canvas', { class: 'spark', width: '320', height: '44', 'aria-hidden': 'true' });
  const context = canvas.getContext('2d')!;
  const values = points.map(([, value]) => value);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const [from, to] = [points[0]?.[0] ?? 0, points.at(-1)?.[0] ?? 1];
  context.strokeStyle = palette.accent;
  context.lineWidth = 2.5;
  context.lineJoin = 'round';
  context.beginPath();
  for (const [time, value] of points) {
    const x = 4 + ((time - from) / Math.max(1, to - from)) * 312;
    context.lineTo(x, high === low ? 22 : 40 - ((value - low) / (high - low)) * 36);
  }
  context.stroke();
  return canvas;
}

function compact(value: number | undefined): string {
  if (value === undefined) return '–';
  if (Math.abs(value) >= 1000) return formatCount(value);
  return String(Number(value.toPrecision(4)));
}
