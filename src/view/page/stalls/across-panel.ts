import type { Parts } from '../data/model.ts';
import { button, byId, element } from '../dom.ts';
import { formatCount, formatSeconds, formatTime } from '../format.ts';
import { type Across, across } from './across.ts';
import type { Band } from './band.ts';
import { describe } from './band-strip.ts';

const MOST = 50;

/** The requests that were open during a band. */
export class AcrossPanel {
  readonly #parts: Parts;
  readonly #root = byId('across-panel');

  constructor(parts: Parts) {
    this.#parts = parts;
    byId('across-close').addEventListener('click', () => this.close());
  }

  close(): void {
    this.#root.hidden = true;
  }

  show(band: Band): void {
    const { model, actions } = this.#parts;
    const { found, total } = across(model.rows, model.sets, band, MOST);
    const whole = found.filter((one) => one.whole).length;
    byId('across-title').replaceChildren(
      describe(band, model.rows.baseMs),
      element('small', { class: 'said' }, countsOf(total, whole)),
      button('Zoom to it', { class: 'link' }, () => {
        const margin = Math.max(200, (band.to - band.from) * 2);
        model.view.zoomTo({ from: band.from - margin, to: band.to + margin }, undefined);
        actions.moved();
      }),
    );
    byId('across').replaceChildren(...found.map((one) => this.#row(one, band)));
    this.#root.hidden = false;
    byId('across-close').focus();
  }

  #row({ ref, whole, start, end }: Across, band: Band): HTMLElement {
    const { model, actions } = this.#parts;
    const tags = model.sets.tags[ref.block.chunk.series[ref.index]!] ?? {};
    const at = (ms: number) => formatTime(model.rows.wall(ms), 3);
    const when = whole ? 'across all of it' : start > band.from ? 'began in it' : 'ended in it';
    const name = button(
      element('span', {}, element('span', { class: 'method' }, tags.method ?? ''), tags.route ?? ''),
      { class: 'route', title: 'Show this request' },
      () => actions.select(ref, true),
    );
    const cell = (text: string, kind = 'name dim') => element('td', { class: kind }, text);
    return element(
      'tr',
      {},
      element('td', { class: 'name' }, name),
      cell(tags.status ?? ''),
      cell(tags.process ?? ''),
      cell(`${at(start)} – ${at(end)}`),
      cell(formatSeconds((end - start) / 1000), 'number'),
      cell(when),
    );
  }
}

function countsOf(total: number, whole: number): string {
  if (total === 0) return 'no request was open then';
  const open = `${formatCount(total)} request${total === 1 ? ' was' : 's were'} open then`;
  return total > MOST ? `${open}, ${MOST} are listed` : `${open}, ${whole} across all of it`;
}
