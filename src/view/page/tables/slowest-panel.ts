import type { Parts } from '../data/model.ts';
import type { RowRef } from '../data/rows.ts';
import { button, byId, element, setText } from '../dom.ts';
import { formatCount, formatElapsed, formatSeconds, formatTime } from '../format.ts';

/** The list of the slowest answered requests, which have a ring in the plot. */
export class SlowestPanel {
  readonly #parts: Parts;
  #shown: readonly RowRef[] = [];

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  update(): void {
    const { summary } = this.#parts.model;
    const slowest = summary?.slowest ?? [];
    byId('slowest-panel').hidden = slowest.length === 0;
    const count = slowest.length === 1 ? 'the one with a ring' : `the ${slowest.length} with a ring`;
    setText(
      byId('slowest-count'),
      `${count}, of ${formatCount(summary?.total.answered ?? 0)} answered in view`,
    );
    const same =
      slowest.length === this.#shown.length &&
      slowest.every(
        ({ block, index }, i) => this.#shown[i]!.block === block && this.#shown[i]!.index === index,
      );
    if (same) return;
    this.#shown = slowest;
    byId('slowest').replaceChildren(...slowest.map((ref) => this.#row(ref)));
  }

  #row(ref: RowRef): HTMLElement {
    const { model, actions } = this.#parts;
    const { block, index } = ref;
    const { chunk } = block;
    const tags = model.sets.tags[chunk.series[index]!] ?? {};
    const end = block.end[index]!;
    const firstByte = chunk.firstByte[index]!;
    const name = button(
      element('span', { class: 'method' }, tags.method ?? ''),
      { class: 'route', title: 'Show this request' },
      () => actions.select(ref, true),
    );
    name.append(tags.route ?? '');
    const cell = (text: string, kind: string) => element('td', { class: kind }, text);
    return element(
      'tr',
      {},
      cell(formatSeconds(chunk.duration[index]!), 'number'),
      element('td', { class: 'name' }, name),
      cell(tags.status ?? '–', 'name dim'),
      cell(tags.process ?? '–', 'name dim'),
      cell(Number.isNaN(firstByte) ? '' : `first byte ${formatSeconds(firstByte)}`, 'name dim'),
      cell(
        model.rows.baseMs === 0 ? formatElapsed(end, 3) : `ended ${formatTime(model.rows.wall(end), 3)}`,
        'name dim',
      ),
    );
  }
}
