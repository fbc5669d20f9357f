import type { Ledger } from '../../shared/feed.ts';
import type { Parts } from '../data/model.ts';
import { byId, element } from '../dom.ts';
import { formatAge, formatCount } from '../format.ts';
import { tableOfOthers } from '../tables/others-table.ts';

/** The parts of a ledger. The first one is the sum of the others. */
const LEDGER_FIELDS = ['recorded', 'acknowledged', 'queued', 'dropped', 'unknown', 'rejected'];

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
    if (others.length > 0)
      byId('others').replaceChildren(...tableOfOthers(others, this.#parts.theme.palette));
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
}
