import { withoutValue, withValue } from '../data/filter.ts';
import type { Parts } from '../data/model.ts';
import { button, byId, element, setText } from '../dom.ts';
import type { ColourBy } from '../drawing/colouring.ts';
import { type Colour, stamp } from '../drawing/marks.ts';
import { markFor } from '../drawing/theme.ts';
import { formatCount } from '../format.ts';

/**
 * The legend: colours and shapes, with their numbers of requests in view. A click on an entry shows only its requests, a
 * click on its minus all but these. While the pointer is on an entry, the plots draw its requests above all others.
 */
export class Legend {
  readonly #parts: Parts;
  #drawn = '';
  #order: readonly string[] = [];

  /** @param isolate draws a category above all others */
  constructor(parts: Parts, isolate: (category: number | undefined) => void) {
    this.#parts = parts;
    const root = byId('legend');
    const categoryAt = ({ target }: Event) => {
      const item = (target as HTMLElement).closest<HTMLElement>('.legend-item');
      return item === null ? undefined : Number(item.dataset.category);
    };
    root.addEventListener('pointerover', (event) => {
      if (event.pointerType !== 'touch') isolate(categoryAt(event));
    });
    root.addEventListener('pointerleave', () => isolate(undefined));
    root.addEventListener('focusin', (event) => {
      if ((event.target as HTMLElement).matches(':focus-visible')) isolate(categoryAt(event));
    });
    root.addEventListener('focusout', () => isolate(undefined));
  }

  update(): void {
    const { model, theme } = this.#parts;
    const { colouring, summary } = model;
    if (summary === undefined) return;
    const root = byId('legend');
    const entries = colouring.legend(summary);
    // Entries do not move away from under the pointer.
    if (root.matches(':hover')) {
      const place = ({ name }: { name: string }) => this.#order.indexOf(name) + 1 || entries.length + 1;
      entries.sort((a, b) => place(a) - place(b));
    }
    this.#order = entries.map(({ name }) => name);
    const key = JSON.stringify([
      ...[colouring.by, theme.palette.dark, colouring.version, model.filterVersion],
      this.#order,
    ]);
    if (key !== this.#drawn) {
      this.#drawn = key;
      root.replaceChildren(...entries.map((entry) => this.#item(entry)));
    }
    entries.forEach(({ count }, i) => {
      const item = root.children[i]!;
      setText(item.querySelector('.legend-count')!, formatCount(count));
      item.classList.toggle('none', count === 0);
    });
  }

  #item({
    category,
    name,
    value,
  }: {
    category: number;
    name: string;
    value: string | undefined;
  }): HTMLElement {
    const { model, theme, actions } = this.#parts;
    const { colouring, filter } = model;
    const facet = colouring.by;
    const only = button(
      iconOf(facet, category, colouring.colours(theme.palette)[category]!),
      { class: 'legend-only', title: value === undefined ? undefined : `Only ${name}` },
      () => {
        if (value === undefined) return;
        const on = model.filter.values[facet] === value;
        actions.setFilter(withValue(model.filter, facet, on ? undefined : value));
      },
    );
    only.append(
      element('span', { class: 'legend-name', title: name }, name),
      element('span', { class: 'legend-count' }),
    );
    only.setAttribute('aria-pressed', String(filter.values[facet] === value && value !== undefined));
    const item = element(
      'div',
      { class: 'legend-item', 'data-name': name, 'data-category': String(category) },
      only,
    );
    if (value === undefined) {
      item.append(element('span', { class: 'legend-no' }));
      return item;
    }
    const excluded = filter.not?.[facet]?.includes(value) ?? false;
    item.append(
      button(
        excluded ? '+' : '−',
        {
          ...{ class: 'legend-not', 'aria-pressed': String(excluded) },
          ...{ title: `All but ${name}`, 'aria-label': `All but ${name}` },
        },
        () => actions.setFilter(withoutValue(model.filter, facet, value, !excluded)),
      ),
    );
    return item;
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
