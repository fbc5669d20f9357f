import type { Hello, State } from '../../shared/feed.ts';
import { Colouring } from '../drawing/colouring.ts';
import type { Look } from '../drawing/column-cache.ts';
import type { Theme } from '../drawing/theme.ts';
import type { Link } from './feed-client.ts';
import { compile, type Filter, type Matcher, NO_FILTER } from './filter.ts';
import { type RowRef, Rows } from './rows.ts';
import type { Span, ValueScale } from './scale.ts';
import type { Summary } from './summary.ts';
import { TagSets } from './tags.ts';
import { View } from './view.ts';

/** All that the parts of the page look at. */
export class Model {
  readonly rows = new Rows(Date.now());
  sets = new TagSets();
  texts = new Map<number, string>();
  colouring = new Colouring(this.sets);
  readonly view = new View();
  hello: Hello | undefined;
  state: State | undefined;
  link: Link = { state: 'connecting' };
  filter: Filter = NO_FILTER;
  /** Changes with the filter: what was counted by the last one is stale. */
  filterVersion = 0;
  summary: Summary | undefined;
  selected: RowRef | undefined;
  hovered: RowRef | undefined;
  /** Time under the pointer, ms after the base. */
  cursor: number | undefined;
  /** As drawn: the span on whole columns, and the scale of values. */
  drawn: { span: Span; scale: ValueScale } = {
    span: { from: -30_000, to: 0 },
    scale: { kind: 'log', low: 1e-4, high: 1 },
  };
  look: Look & { matcher: Matcher; category: Uint8Array; flags: Uint8Array };
  #compiled = -1;
  #stateAt = 0;

  constructor() {
    this.look = this.#lookAnew();
  }

  /** Forgets what another server had said. */
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
    this.look = this.#lookAnew();
  }

  setFilter(filter: Filter): void {
    this.filter = filter;
    this.filterVersion++;
    this.refresh(true);
  }

  /** Makes tables long enough for tag sets and texts that came in. */
  refresh(anew = false): void {
    if (!anew && this.#compiled === this.sets.version) return;
    this.#compiled = this.sets.version;
    this.colouring.extend();
    Object.assign(this.look, {
      matcher: compile(this.filter, this.sets, this.texts),
      category: this.colouring.category,
      flags: this.sets.flags,
    });
  }

  heard(state: State): void {
    this.state = state;
    this.#stateAt = performance.now();
  }

  /** The server's clock, ms since 1970. */
  get wallNow(): number {
    return this.state === undefined ? Date.now() : this.state.now + performance.now() - this.#stateAt;
  }

  /** The server's clock, ms after the base; stands still when the server is gone. */
  get now(): number {
    const wall =
      (this.link.state === 'gone' || this.link.state === 'signed-out') && this.state !== undefined
        ? this.state.now
        : this.wallNow;
    return wall - this.rows.baseMs;
  }

  #lookAnew(): Model['look'] {
    return {
      matcher: compile(this.filter, this.sets, this.texts),
      category: this.colouring.category,
      flags: this.sets.flags,
    };
  }
}

/** What a part of the page asks the others to do. */
export interface Actions {
  /** The view has moved. */
  moved(): void;
  setFilter(filter: Filter): void;
  hover(ref: RowRef | undefined, cursor: number | undefined): void;
  /** Marks a request; `open` shows all it has. */
  select(ref: RowRef | undefined, open: boolean): void;
  /** The next request in time, or the one before. */
  step(direction: 1 | -1): void;
}

export interface Parts {
  readonly model: Model;
  readonly theme: Theme;
  readonly actions: Actions;
}
