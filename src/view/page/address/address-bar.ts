import type { Parts } from '../data/model.ts';
import type { RowRef } from '../data/rows.ts';
import { byId } from '../dom.ts';
import { addressOf, isStep, type Place, placeOf } from './address.ts';

/** Browsers allow about 100 changes of the address in 30 s. */
const WAIT_MS = 400;

/** Keeps what is looked at in the address of the page: a reload keeps it, and Back returns to it. */
export class AddressBar {
  readonly #parts: Parts;
  readonly #applied: () => void;
  #place: Place;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** The end of a request to select as soon as it is there. */
  #wanted: bigint | undefined;

  /** @param applied the view is another one: all has to be shown again */
  constructor(parts: Parts, applied: () => void) {
    this.#parts = parts;
    this.#applied = applied;
    this.#place = placeOf(location.hash);
    this.#apply(this.#place);
    addEventListener('popstate', () => {
      clearTimeout(this.#timer);
      this.#timer = undefined;
      this.#apply(placeOf(location.hash));
      this.#applied();
    });
  }

  /** Something may have changed. */
  changed(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      const place = this.#now();
      const hash = addressOf(place);
      if (hash === addressOf(this.#place)) return;
      const url = `${location.pathname}${hash === '' ? '' : `#${hash}`}`;
      // The server has taken the token from the address. Nothing of the query is ever written back.
      if (isStep(this.#place, place)) history.pushState(null, '', url);
      else history.replaceState(null, '', url);
      this.#place = place;
    }, WAIT_MS);
  }

  /** Selects the request of the address when it has arrived. */
  arrived(): void {
    if (this.#wanted === undefined) return;
    const found = find(this.#parts.model.rows.blocks, this.#wanted);
    if (found === undefined) return;
    this.#wanted = undefined;
    this.#parts.actions.select(found, true);
  }

  #now(): Place {
    const { view, rows, filter, selected, colouring, tableBy } = this.#parts.model;
    const { from, to } = view.span;
    return {
      ...{ window: view.window, range: view.range, filter, scale: view.kind, table: tableBy },
      colour: colouring.by,
      span: view.following ? undefined : { from: rows.wall(from), to: rows.wall(to) },
      request: selected?.block.chunk.timestamp[selected.index] ?? this.#wanted,
    };
  }

  #apply(place: Place): void {
    const { model, actions } = this.#parts;
    const { view, rows, colouring } = model;
    this.#place = place;
    view.window = place.window;
    view.live();
    if (place.span !== undefined) {
      view.zoomTo({ from: place.span.from - rows.baseMs, to: place.span.to - rows.baseMs }, place.range);
    }
    view.kind = place.scale;
    model.tableBy = place.table;
    if (colouring.by !== place.colour) colouring.set(place.colour, model.summary);
    byId<HTMLSelectElement>('colour-by').value = place.colour;
    byId<HTMLSelectElement>('value-scale').value = place.scale;
    model.setFilter(place.filter);
    this.#wanted = place.request;
    if (place.request === undefined && model.selected !== undefined) actions.select(undefined, false);
    this.arrived();
  }
}

function find(blocks: readonly RowRef['block'][], ns: bigint): RowRef | undefined {
  for (const block of blocks) {
    const index = block.chunk.timestamp.subarray(0, block.to).indexOf(ns, block.from);
    if (index >= 0) return { block, index };
  }
  return undefined;
}
