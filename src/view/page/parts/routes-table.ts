import type { Figures } from '../data/figures/figures.ts';
import { withValue } from '../data/filter.ts';
import type { Parts } from '../data/model.ts';
import { button, byId, element, setText } from '../dom.ts';
import { formatCount, formatSeconds } from '../format.ts';

interface Column {
  readonly key: keyof Figures | 'route';
  readonly name: string;
  readonly title: string;
}

const COLUMNS: readonly Column[] = [
  { key: 'route', name: 'Route', title: 'Method and route; click a row to see only its requests' },
  { key: 'count', name: 'Requests', title: 'Requests in view' },
  { key: 'errors', name: '5xx', title: 'Answered with a status of 500 and above' },
  {
    key: 'aborted',
    name: 'Aborted',
    title: 'Lost their connection before all was sent, or were never finished',
  },
  { key: 'mean', name: 'Mean', title: 'Mean response time of the answered requests' },
  { key: 'p50', name: 'p50', title: 'Half of the answered requests took no longer' },
  { key: 'p95', name: 'p95', title: '95 % of the answered requests took no longer' },
  { key: 'p99', name: 'p99', title: '99 % of the answered requests took no longer' },
  { key: 'max', name: 'Max', title: 'The slowest of the answered requests' },
];

/** The most rows. The number of others is in the last row. */
const MAX_ROWS = 200;

/** The table with the figures of each method and route in view. */
export class RoutesTable {
  readonly #parts: Parts;
  readonly #headers = new Map<string, HTMLTableCellElement>();
  readonly #body = element('tbody');
  readonly #foot = element('tfoot');
  readonly #rows = new Map<number, HTMLTableCellElement[]>();
  #sort: { key: Column['key']; descending: boolean } = { key: 'count', descending: true };

  constructor(parts: Parts) {
    this.#parts = parts;
    const head = element('tr');
    for (const { key, name, title } of COLUMNS) {
      const cell = element('th', { scope: 'col', class: key === 'route' ? 'name' : 'number' });
      cell.append(button(name, { title }, () => this.#sortBy(key)));
      this.#headers.set(key, cell);
      head.append(cell);
    }
    byId('routes').append(element('thead', {}, head), this.#body, this.#foot);
    this.#mark();
  }

  update(): void {
    const { summary, sets } = this.#parts.model;
    if (summary === undefined) return;
    const { key, descending } = this.#sort;
    const entries = [...summary.endpoints].sort(([a, one], [b, other]) => {
      const names = sets.endpoints.names;
      const byName = names[a]!.localeCompare(names[b]!);
      const order = key === 'route' ? byName : orderable(one[key]) - orderable(other[key]);
      return (descending ? -order : order) || byName;
    });
    const shown = entries.slice(0, MAX_ROWS);
    const rows = shown.map(([endpoint, figures]) => {
      let cells = this.#rows.get(endpoint);
      if (cells === undefined) {
        cells = this.#makeRow(endpoint);
        this.#rows.set(endpoint, cells);
      }
      fill(cells, figures, summary.total.count);
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
        total.append(
          element(column === 'route' ? 'th' : 'td', { class: column === 'route' ? 'name' : 'number' }),
        );
      }
      this.#foot.append(total);
    }
    showPopulation(summary.total);
    const cells = [...this.#foot.rows[0]!.cells] as HTMLTableCellElement[];
    const more = entries.length - shown.length;
    setText(cells[0]!, more > 0 ? `All in view (${formatCount(more)} more routes)` : 'All in view');
    fill(cells, summary.total, summary.total.count);
  }

  /** Removes the rows of earlier tag sets. */
  clear(): void {
    this.#rows.clear();
    this.#body.replaceChildren();
  }

  #makeRow(endpoint: number): HTMLTableCellElement[] {
    const { model, actions } = this.#parts;
    const name = model.sets.endpoints.names[endpoint]!;
    const [method = '', route = '', service] = name.split('\n');
    const row = element('tr');
    const filterByRow = () => {
      const own = { route, method: method || undefined, service };
      const already = (Object.keys(own) as (keyof typeof own)[]).every(
        (facet) => model.filter.values[facet] === own[facet],
      );
      let filter = model.filter;
      for (const [facet, value] of Object.entries(own) as [keyof typeof own, string | undefined][]) {
        filter = withValue(filter, facet, already ? undefined : (value ?? filter.values[facet]));
      }
      actions.setFilter(filter);
    };
    const label = button(element('span', { class: 'method' }, method), { class: 'route' }, () => {});
    label.append(element('span', { class: 'route-name' }, route));
    if (service !== undefined) label.append(element('span', { class: 'method' }, service));
    row.addEventListener('click', filterByRow);
    for (const { key } of COLUMNS) row.append(element('td', { class: key === 'route' ? 'name' : 'number' }));
    const cells = [...row.cells] as HTMLTableCellElement[];
    cells[0]!.append(label);
    cells[1]!.append(element('span', { class: 'share', 'aria-hidden': 'true' }), element('span'));
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

/** Routes without response times, such as those of upgraded connections only, come after the fastest. */
function orderable(value: number): number {
  return Number.isNaN(value) ? -1 : value;
}

function fill(cells: HTMLTableCellElement[], figures: Figures, all: number): void {
  const row = cells[0]!.parentElement!;
  const title = populationText(figures);
  if (row.title !== title) row.title = title;
  const [, count, errors, aborted, ...times] = cells;
  const [share, number] = count!.children;
  if (share instanceof HTMLElement && number !== undefined) {
    share.style.width = `${((figures.count / Math.max(1, all)) * 100).toFixed(1)}%`;
    setText(number, formatCount(figures.count));
  } else setText(count!, formatCount(figures.count));
  for (const [cell, value] of [
    [errors!, figures.errors],
    [aborted!, figures.aborted],
  ] as const) {
    setText(cell, formatCount(value));
    cell.classList.toggle('zero', value === 0);
    cell.classList.toggle('bad', value > 0);
  }
  const values = [figures.mean, figures.p50, figures.p95, figures.p99, figures.max];
  for (const [i, cell] of times.entries()) setText(cell, formatSeconds(values[i]!));
}

/** Shows in the heading of the routes which requests the times are of, and which stand apart. */
function showPopulation(total: Figures): void {
  const heading = byId('in-view');
  heading.dataset.count = String(total.count);
  setText(heading, `${formatCount(total.count)} requests in view`);
  setText(byId('population'), total.count === 0 ? '' : populationText(total));
}

/** exact times of the 2 375 answered; apart: 54 5xx, 12 aborted, 17 upgraded */
function populationText(figures: Figures): string {
  const apart = [
    [figures.failed, '5xx'],
    [figures.aborted, 'aborted'],
    [figures.upgraded, 'upgraded'],
    [figures.rejected, 'rejected'],
    [figures.streams, `streams (first byte p95 ${formatSeconds(figures.streamP95)})`],
  ]
    .filter(([count]) => count !== 0)
    .map(([count, name]) => `${formatCount(count as number)} ${name}`);
  const times = `exact times of the ${formatCount(figures.answered)} answered`;
  return apart.length === 0 ? times : `${times}; apart: ${apart.join(', ')}`;
}
