import { FACETS, type Facet, isFiltering, NO_FILTER, withoutValue, withValue } from '../data/filter.ts';
import type { Parts } from '../data/model.ts';
import { STATUS_CLASSES } from '../data/tags.ts';
import { button, byId, element } from '../dom.ts';

/** The most values per tag in the menu. The text box finds the others. */
const MAX_VALUES = 500;

/** The menus for tags, the text box, and a chip per active filter. */
export class FilterBar {
  readonly #parts: Parts;
  readonly #selects = new Map<Facet, HTMLSelectElement>();
  readonly #values = new Map<Facet, Set<string>>();
  #version = -1;
  #seen = 0;

  constructor(parts: Parts) {
    this.#parts = parts;
    const { model, actions } = parts;
    for (const facet of FACETS) {
      const select = element('select', { 'aria-label': `Filter by ${facet}`, 'data-facet': facet });
      select.addEventListener('change', () => {
        actions.setFilter(withValue(model.filter, facet, select.value === '' ? undefined : select.value));
      });
      // Filled when it is opened, so that long lists are not updated while they are closed.
      for (const event of ['pointerdown', 'focus']) select.addEventListener(event, () => this.#fill(facet));
      this.#selects.set(facet, select);
      byId('facets').append(select);
    }
    const text = byId<HTMLInputElement>('search');
    text.addEventListener('input', () => actions.setFilter({ ...model.filter, text: text.value }));
    this.render();
  }

  /** Shows the current filter. */
  render(): void {
    const { model, actions } = this.#parts;
    const { filter } = model;
    for (const facet of FACETS) {
      this.#fill(facet);
      this.#selects.get(facet)!.value = filter.values[facet] ?? '';
      this.#selects.get(facet)!.classList.toggle('active', filter.values[facet] !== undefined);
    }
    const text = byId<HTMLInputElement>('search');
    if (text.value !== filter.text) text.value = filter.text;
    const chips = Object.entries(filter.values).map(([facet, value]) =>
      chip(facet, value, () => actions.setFilter(withValue(model.filter, facet as Facet, undefined))),
    );
    for (const [facet, values] of Object.entries(filter.not ?? {})) {
      for (const value of values) {
        chips.push(
          chip(`not ${facet}`, value, () =>
            actions.setFilter(withoutValue(model.filter, facet as Facet, value, false)),
          ),
        );
      }
    }
    if (filter.text.trim() !== '') {
      chips.push(chip('text', filter.text.trim(), () => actions.setFilter({ ...model.filter, text: '' })));
    }
    if (chips.length > 1) {
      chips.push(
        button('Clear all', { class: 'link', id: 'clear-filters' }, () => actions.setFilter(NO_FILTER)),
      );
    }
    byId('chips').replaceChildren(...chips);
    byId('chips').hidden = !isFiltering(filter);
  }

  clear(): void {
    this.#values.clear();
    this.#seen = 0;
    this.#version = -1;
  }

  /** Shows the menus of tags that have values. */
  update(): void {
    if (this.#version === this.#parts.model.sets.version) return;
    this.#collect();
    for (const facet of FACETS) {
      const select = this.#selects.get(facet)!;
      if (document.activeElement !== select) this.#fill(facet);
    }
  }

  #collect(): void {
    const { sets } = this.#parts.model;
    this.#version = sets.version;
    for (; this.#seen < sets.tags.length; this.#seen++) {
      const tags = sets.tags[this.#seen];
      if (tags === undefined) continue;
      for (const facet of FACETS) {
        const value = tags[facet];
        if (value === undefined) continue;
        let values = this.#values.get(facet);
        if (values === undefined) {
          values = new Set();
          this.#values.set(facet, values);
        }
        values.add(value);
      }
    }
  }

  #fill(facet: Facet): void {
    if (this.#version !== this.#parts.model.sets.version) this.#collect();
    const select = this.#selects.get(facet)!;
    const chosen = this.#parts.model.filter.values[facet];
    const values = [...(this.#values.get(facet) ?? [])].sort((a, b) =>
      a.localeCompare(b, 'en', { numeric: true }),
    );
    const offered = values.slice(0, MAX_VALUES);
    if (chosen !== undefined && !offered.includes(chosen)) offered.push(chosen);
    const classes = facet === 'status' ? STATUS_CLASSES.filter((name) => !offered.includes(name)) : [];
    const wanted = ['', ...classes, ...offered];
    if (
      select.options.length !== wanted.length ||
      wanted.some((value, i) => select.options[i]!.value !== value)
    ) {
      select.replaceChildren(
        ...wanted.map((value) => element('option', { value }, value === '' ? `any ${facet}` : value)),
      );
      select.value = chosen ?? '';
    }
    select.disabled = values.length === 0;
    select.hidden = facet === 'service' && values.length === 0;
  }
}

function chip(name: string, value: string, remove: () => void): HTMLElement {
  const made = button(
    element('span', { class: 'chip-name' }, name),
    { class: 'chip', 'data-chip': name },
    remove,
  );
  made.append(
    element('span', { class: 'chip-value' }, value),
    element('span', { 'aria-hidden': 'true' }, '×'),
  );
  made.setAttribute('aria-label', `Remove the filter ${name} = ${value}`);
  return made;
}
