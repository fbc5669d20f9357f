import type { Ledger, Other } from '../../shared/feed.ts';
import type { Parts } from '../data/model.ts';
import { byId, element } from '../dom.ts';
import { formatAge, formatCount } from '../format.ts';

/** The parts of a ledger. The first one is the sum of the others. */
const LEDGER_FIELDS = ['recorded', 'acknowledged', 'queued', 'dropped', 'unknown', 'rejected'];
/** The most sparklines. */
const MAX_OTHERS = 60;

/** The side panels: ledgers of the writers, and other measurements. */
export class SidePanels {
  readonly #parts: Parts;
  #last = '';

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  update(): void {
    const { state } = this.#parts.model;
    if (state === undefined) return;
    const { ledgers, others } = state;
    byId('ledgers-panel').hidden = ledgers.length === 0;
    byId('others-panel').hidden = others.length === 0;
    const key = JSON.stringify([ledgers, others.length, others.map(({ points }) => points.at(-1))]);
    if (key === this.#last) return;
    this.#last = key;
    if (ledgers.length > 0) this.#showLedgers(ledgers, state.now);
    byId('others').replaceChildren(...others.slice(0, MAX_OTHERS).map((other) => this.#sparkline(other)));
    if (others.length > MAX_OTHERS) {
      byId('others').append(
        element('p', { class: 'note' }, `${formatCount(others.length - MAX_OTHERS)} more`),
      );
    }
  }

  #showLedgers(ledgers: readonly Ledger[], now: number): void {
    const more = [...new Set(ledgers.flatMap(({ fields }) => Object.keys(fields)))];
    const names = LEDGER_FIELDS.filter((name) => more.includes(name));
    names.push(
      ...more
        .filter((name) => !LEDGER_FIELDS.includes(name))
        .sort()
        .slice(0, 4),
    );
    const head = element('tr', {}, element('th', { class: 'name', scope: 'col' }, 'Process'));
    for (const name of names) head.append(element('th', { class: 'number', scope: 'col' }, name));
    head.append(element('th', { class: 'number', scope: 'col' }, 'age'));
    const body = element('tbody');
    for (const { tags, fields, at } of ledgers) {
      const thread = tags.thread !== undefined && tags.thread !== '0' ? ` thread ${tags.thread}` : '';
      const row = element(
        'tr',
        {},
        element('td', { class: 'name' }, `${tags.process ?? tags.hostname ?? '–'}${thread}`),
      );
      for (const name of names) {
        const value = fields[name];
        const bad = (value ?? 0) > 0 && ['dropped', 'unknown', 'rejected'].includes(name);
        row.append(
          element(
            'td',
            { class: bad ? 'number bad' : 'number' },
            value === undefined ? '–' : formatCount(value),
          ),
        );
      }
      row.append(element('td', { class: 'number' }, formatAge(Math.round((now - at) / 1000) * 1000)));
      body.append(row);
    }
    byId('ledgers').replaceChildren(element('thead', {}, head), body);
  }

  #sparkline({ measurement, tags, field, points }: Other): HTMLElement {
    const { palette } = this.#parts.theme;
    const title = `${measurement} ${field}`;
    const about = Object.entries(tags)
      .map(([name, value]) => `${name}=${value}`)
      .join(' ');
    const canvas = element('canvas', { class: 'spark', width: '320', height: '56', 'aria-hidden': 'true' });
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
      context.lineTo(x, high === low ? 28 : 50 - ((value - low) / (high - low)) * 44);
    }
    context.stroke();
    return element(
      'figure',
      { class: 'other', title: about },
      element(
        'figcaption',
        {},
        element('span', { class: 'other-name' }, title),
        element('span', { class: 'other-tags' }, about),
      ),
      canvas,
      element('strong', {}, compact(values.at(-1))),
    );
  }
}

function compact(value: number | undefined): string {
  if (value === undefined) return '–';
  if (Math.abs(value) >= 1000) return formatCount(value);
  return String(Number(value.toPrecision(4)));
}
