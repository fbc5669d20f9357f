import type { Hello, State } from '../../shared/feed.ts';
import { Colouring } from '../drawing/colouring.ts';
import type { LookupTables } from '../drawing/column-cache.ts';
import type { Theme } from '../drawing/theme.ts';
import type { OpenNow } from '../running/running.ts';
import type { Connection } from './feed-client.ts';
import { compile, type Filter, type Matcher, NO_FILTER } from './filter.ts';
import { type RowRef, Rows } from './rows.ts';
import type { Span, ValueScale } from './scale.ts';
import type { Summary } from './summary.ts';
import { TagSets } from './tags.ts';
import { View } from './view.ts';

/** The state of the page, which all of its parts share. */
export class Model {
  readonly rows: Rows;
  sets = new TagSets();
  texts = new Map<number, string>();
  colouring = new Colouring(this.sets);
  readonly view: View;
  hello: Hello | undefined;
  state: State | undefined;
  connection: Connection = { state: 'connecting' };
  filter: Filter = NO_FILTER;
  /** Changes with the filter. Counts of an earlier version are stale. */
  filterVersion = 0;
  summary: Summary | undefined;
  /** What the rows of the table are. */
  tableBy: 'routes' | 'processes' = 'routes';
  /** The requests that are open now. */
  open: readonly OpenNow[] = [];
  selected: RowRef | undefined;
  hovered: RowRef | undefined;
  /** Time under the pointer, ms after the base. */
  cursor: number | undefined;
  /** The drawn time span, in whole columns, and the drawn scale of values. */
  drawn: { span: Span; scale: ValueScale } = {
    span: { from: -30_000, to: 0 },
    scale: { kind: 'log', low: 1e-4, high: 1 },
  };
  tables: LookupTables & {
    matcher: Matcher;
    category: Uint8Array;
    flags: Uint8Array;
    streams?: number | undefined;
    isolated?: number | undefined;
  };
  #compiled = -1;
  #stateAt = 0;

  /**
   * @param baseMs see {@link Rows.baseMs}
   * @param view shared by models that always show the same span
   */
  constructor(baseMs = Date.now(), view = new View()) {
    this.rows = new Rows(baseMs);
    this.view = view;
    this.tables = this.#createTables();
  }

  /** Drops the data of an earlier server. */
  clear(next: number): void {
    this.rows.clear(next);
    this.sets = new TagSets();
    this.texts = new Map();
    const { by } = this.colouring;
    this.colouring = new Colouring(this.sets);
    this.colouring.set(by, undefined);
    this.summary = undefined;
    this.selected = undefined;
    this.hovered = undefined;
    this.#compiled = -1;
    this.tables = this.#createTables();
  }

  setFilter(filter: Filter): void {
    this.filter = filter;
    this.filterVersion++;
    this.refresh(true);
  }

  /** Extends the lookup tables for new tag sets and paths. */
  refresh(anew = false): void {
    if (!anew && this.#compiled === this.sets.version) return;
    this.#compiled = this.sets.version;
    this.colouring.extend();
    Object.assign(this.tables, {
      matcher: compile(this.filter, this.sets, this.texts),
      category: this.colouring.category,
      flags: this.sets.flags,
      population: this.sets.population,
      streams: this.colouring.streams,
    });
  }

  setState(state: State): void {
    this.state = state;
    this.#stateAt = performance.now();
  }

  /** The server's clock, ms since 1970. */
  get wallNow(): number {
    return this.state === undefined ? Date.now() : this.state.now + performance.now() - this.#stateAt;
  }

  /** The server's clock, ms after the base. It stops when the server is gone. */
  get now(): number {
    const wall =
      (this.connection.state === 'gone' || this.connection.state === 'signed-out') && this.state !== undefined
        ? this.state.now
        : this.wallNow;
    return wall - this.rows.baseMs;
  }

  #createTables(): Model['tables'] {
    return {
      matcher: compile(this.filter, this.sets, this.texts),
      category: this.colouring.category,
      flags: this.sets.flags,
      population: this.sets.population,
      streams: this.colouring.streams,
      isolated: undefined,
    };
  }
}

/** Actions of a part of the page that affect the others. */
export interface Actions {
  /** The time span or the range of values in view has changed. */
  moved(): void;
  setFilter(filter: Filter): void;
  hover(ref: RowRef | undefined, cursor: number | undefined): void;
  /** Selects a request. `open` shows its details. */
  select(ref: RowRef | undefined, open: boolean): void;
  /** Selects the next or the previous request by time. */
  step(direction: 1 | -1): void;
}

export interface Parts {
  readonly model: Model;
  readonly theme: Theme;
  readonly actions: Actions;
}
