import type { Figures } from '../data/figures/figures.ts';
import { type Facet, withValue } from '../data/filter.ts';
import type { Parts } from '../data/model.ts';
import { button, byId, element, setText } from '../dom.ts';
import { formatCount } from '../format.ts';
import { COLUMNS, type Column, fill, orderable, populationText } from '../tables/columns.ts';

/** The most rows. The number of others is in the last row. */
const MAX_ROWS = 200;

/** The table with the figures of each method and route, or of each process, in view. */
export class RoutesTable {
  readonly #parts: Parts;
  readonly #headers = new Map<string, HTMLTableCellElement>();
  readonly #body = element('tbody');
  readonly #foot = element('tfoot');
  readonly #rows = new Map<number, HTMLTableCellElement[]>();
  /** What the rows are. */
  #by: 'routes' | 'processes' = 'routes';
  #sort: { key: Column['key']; descending: boolean } = { key: 'time', descending: true };

  constructor(parts: Parts) {
    this.#parts = parts;
    const head = element('tr');
    for (const { key, name, title } of COLUMNS) {
      const cell = element('th', { scope: 'col', class: classOf(key) });
      cell.append(button(name, { title }, () => this.#sortBy(key)));
      this.#headers.set(key, cell);
      head.append(cell);
    }
    byId('routes').append(element('thead', {}, head), this.#body, this.#foot);
    this.#mark();
    for (const by of ['routes', 'processes'] as const) {
      byId(`table-${by}`).addEventListener('click', () => {
        parts.model.tableBy = by;
        parts.actions.moved();
      });
    }
  }

  update(): void {
    const { summary, sets } = this.#parts.model;
    if (summary === undefined) return;
    const { key, descending } = this.#sort;
    this.#choose();
    const isByProcess = this.#by === 'processes';
    const { names } = isByProcess ? sets.processes : sets.endpoints;
    const figuresOf = isByProcess ? summary.byProcess : summary.endpoints;
    const entries = [...figuresOf].sort(([a, one], [b, other]) => {
      const byName = names[a]!.localeCompare(names[b]!);
      const order = key === 'route' ? byName : orderable(one[key]) - orderable(other[key]);
      return (descending ? -order : order) || byName;
    });
    const shown = entries.slice(0, MAX_ROWS);
    const rows = shown.map(([id, figures]) => {
      let cells = this.#rows.get(id);
      if (cells === undefined) {
        cells = this.#makeRow(names[id]!);
        this.#rows.set(id, cells);
      }
      fill(cells, figures, summary.total);
      return cells[0]!.parentElement!;
    });
    if (rows.length !== this.#body.rows.length || rows.some((row, i) => this.#body.rows[i] !== row)) {
      // Moving the focused row would remove its focus.
      const focused = document.activeElement;
      this.#body.replaceChildren(...rows);
      if (focused instanceof HTMLElement && this.#body.contains(focused)) focused.focus();
    }
    if (this.#rows.size > 4 * MAX_ROWS) {
      const used = new Set(shown.map(([endpoint]) => endpoint));
      for (const endpoint of this.#rows.keys()) if (!used.has(endpoint)) this.#rows.delete(endpoint);
    }
    if (this.#foot.rows.length === 0) {
      const total = element('tr');
      for (const { key: column } of COLUMNS) {
        total.append(element(column === 'route' ? 'th' : 'td', { class: classOf(column) }));
      }
      this.#foot.append(total);
    }
    showPopulation(summary.total);
    const cells = [...this.#foot.rows[0]!.cells] as HTMLTableCellElement[];
    const more = entries.length - shown.length;
    setText(cells[0]!, more > 0 ? `All in view (${formatCount(more)} more ${this.#by})` : 'All in view');
    fill(cells, summary.total, summary.total);
  }

  /** Removes the rows of earlier tag sets. */
  clear(): void {
    this.#rows.clear();
    this.#body.replaceChildren();
  }

  /** Takes the kind of rows that is chosen, if the figures of it are there. */
  #choose(): void {
    const { tableBy, summary } = this.#parts.model;
    for (const by of ['routes', 'processes'] as const) {
      byId(`table-${by}`).setAttribute('aria-pressed', String(by === tableBy));
    }
    const isThere = tableBy === 'routes' || (summary?.byProcess.size ?? 0) > 0;
    if (tableBy === this.#by || !isThere) return;
    this.#by = tableBy;
    this.clear();
    this.#headers.get('route')!.querySelector('button')!.textContent =
      tableBy === 'routes' ? 'Route' : 'Process';
  }

  /** @param name of an endpoint: method, route and service in lines; or of a process */
  #makeRow(name: string): HTMLTableCellElement[] {
    const { model, actions } = this.#parts;
    const isProcess = this.#by === 'processes';
    const [method = '', route = '', service] = isProcess ? ['', name] : name.split('\n');
    const own: Partial<Record<Facet, string | undefined>> = isProcess
      ? { process: name }
      : { route, method: method || undefined, service };
    const row = element('tr');
    const filterByRow = () => {
      const already = (Object.keys(own) as Facet[]).every(
        (facet) => model.filter.values[facet] === own[facet],
      );
      let filter = model.filter;
      for (const [facet, value] of Object.entries(own) as [Facet, string | undefined][]) {
        filter = withValue(filter, facet, already ? undefined : (value ?? filter.values[facet]));
      }
      actions.setFilter(filter);
    };
    const label = button(element('span', { class: 'method' }, method), { class: 'route' }, () => {});
    label.append(element('span', { class: 'route-name' }, route));
    if (service !== undefined) label.append(element('span', { class: 'method' }, service));
    row.addEventListener('click', filterByRow);
    for (const { key } of COLUMNS) row.append(element('td', { class: classOf(key) }));
    const cells = [...row.cells] as HTMLTableCellElement[];
    cells[0]!.append(label);
    row.dataset.endpoint = `${method} ${route}`;
    return cells;
  }

  #sortBy(key: Column['key']): void {
    const { key: old, descending } = this.#sort;
    this.#sort = { key, descending: old === key ? !descending : key !== 'route' };
    this.#mark();
    this.update();
  }

  #mark(): void {
    for (const [key, cell] of this.#headers) {
      if (key === this.#sort.key) {
        cell.setAttribute('aria-sort', this.#sort.descending ? 'descending' : 'ascending');
      } else cell.removeAttribute('aria-sort');
    }
  }
}

/** Shows in the heading of the routes which requests the times are of, and which stand apart. */
function showPopulation(total: Figures): void {
  const heading = byId('in-view');
  heading.dataset.count = String(total.count);
  setText(heading, `${formatCount(total.count)} requests in view`);
  setText(byId('population'), total.count === 0 ? '' : populationText(total));
}

function classOf(key: Column['key']): string {
  return key === 'route' ? 'name' : `number column-${key}`;
}
