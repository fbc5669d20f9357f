import { withValue } from '../data/filter.ts';
import type { Parts } from '../data/model.ts';
import { button, byId, element, setText } from '../dom.ts';
import type { ColourBy } from '../drawing/colouring.ts';
import { type Colour, stamp } from '../drawing/marks.ts';
import { markFor } from '../drawing/theme.ts';
import { formatCount } from '../format.ts';

/** The legend: colours and shapes, with their numbers of requests in view. */
export class Legend {
  readonly #parts: Parts;
  #drawn = '';

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  update(): void {
    const { model, theme, actions } = this.#parts;
    const { colouring, summary } = model;
    if (summary === undefined) return;
    const entries = colouring.legend(summary);
    const facet = colouring.by;
    const key = JSON.stringify([
      facet,
      theme.palette.dark,
      colouring.version,
      model.filterVersion,
      entries.map(({ name }) => name),
    ]);
    const root = byId('legend');
    if (key !== this.#drawn) {
      this.#drawn = key;
      root.replaceChildren(
        ...entries.map(({ category, name, value }) => {
          const icon = iconOf(facet, category, colouring.colours(theme.palette)[category]!);
          const item = button(icon, { class: 'legend-item', 'data-name': name }, () => {
            if (value === undefined) return;
            const on = model.filter.values[facet] === value;
            actions.setFilter(withValue(model.filter, facet, on ? undefined : value));
          });
          item.append(
            element('span', { class: 'legend-name', title: name }, name),
            element('span', { class: 'legend-count' }),
          );
          item.setAttribute(
            'aria-pressed',
            String(model.filter.values[facet] === value && value !== undefined),
          );
          return item;
        }),
      );
    }
    entries.forEach(({ count }, i) => {
      const item = root.children[i]!;
      setText(item.lastElementChild!, formatCount(count));
      item.classList.toggle('none', count === 0);
    });
  }
}

/** The mark of a category, as it is drawn in the plot. */
export function iconOf(by: ColourBy, category: number, colour: Colour): HTMLCanvasElement {
  const icon = element('canvas', { width: '26', height: '26', 'aria-hidden': 'true' });
  const pixels = new ImageData(26, 26);
  stamp(pixels, markFor(by === 'status' ? 'status' : 'rank', category, 18), 13, 13, colour);
  icon.getContext('2d')!.putImageData(pixels, 0, 0);
  return icon;
}
