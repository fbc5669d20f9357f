import type { Rows } from './rows.ts';
import type { Span, ValueScale } from './scale.ts';

export type Window = 30_000 | 300_000 | 'all';

/** A range of values, s. */
export interface Range {
  readonly low: number;
  readonly high: number;
}

interface Position {
  readonly span: Span;
  readonly range: Range | undefined;
  readonly following: boolean;
}

/** A plot has at least so many columns; the last one may be cut. */
const MIN_COLUMNS = 200;

/** The shortest time span for zooming, ms. */
const MIN_SPAN_MS = 0.002;

/** The time span and the range of values in view, with the history of zooms. */
export class View {
  window: Window = 30_000;
  /** Whether the newest requests stay in view. */
  following = true;
  span: Span = { from: -30_000, to: 0 };
  /** The zoomed range; undefined shows all values. */
  range: Range | undefined;
  kind: ValueScale['kind'] = 'log';
  /** The positions for zooming out. */
  readonly #history: Position[] = [];

  get zoomed(): boolean {
    return this.#history.length > 0;
  }

  /** @param now time of the server, ms after the base */
  follow(rows: Rows, now: number): void {
    if (!this.following) return;
    if (this.window !== 'all') {
      this.span = { from: now - this.window, to: now };
      return;
    }
    if (rows.count === 0) return;
    const needed = Math.max(1000, (rows.maxEnd - rows.minEnd) * 1.02);
    const length = this.span.to - this.span.from;
    // Grows in steps, so that counts per column stay valid for a while.
    const kept = length >= needed && length <= needed * 1.12 && this.span.from <= rows.minEnd;
    const long = kept ? length : needed * 1.05;
    const from = rows.minEnd - needed * 0.01;
    const isShown = rows.maxEnd < this.span.to - length / MIN_COLUMNS;
    this.span = kept && isShown ? this.span : { from, to: from + long };
  }

  choose(window: Window): void {
    this.window = window;
    this.live();
  }

  live(): void {
    this.following = true;
    this.range = undefined;
    this.#history.length = 0;
  }

  pause(): void {
    this.following = false;
  }

  /** Zooms to a part of the view. */
  zoomTo(span: Span, range: Range | undefined): void {
    this.#history.push({ span: this.span, range: this.range, following: this.following });
    this.following = false;
    this.span = atLeast(span);
    this.range = range ?? this.range;
  }

  /** Zooms in (factor below 1) or out, around a time. */
  zoomAround(ms: number, factor: number, rows: Rows): void {
    this.#leave();
    const { from, to } = this.span;
    const longest = Math.max(300_000, (rows.maxEnd - rows.minEnd) * 1.5 || 0);
    const limited = Math.min(factor, longest / (to - from));
    this.span = atLeast({ from: ms - (ms - from) * limited, to: ms + (to - ms) * limited });
  }

  /** Moves the view by ms. */
  pan(ms: number): void {
    this.#leave();
    this.span = { from: this.span.from + ms, to: this.span.to + ms };
  }

  /** Returns to the position before the last zoom; false if there is none. */
  zoomOut(): boolean {
    const last = this.#history.pop();
    if (last === undefined) return false;
    this.span = last.span;
    this.range = last.range;
    this.following = last.following;
    return true;
  }

  #leave(): void {
    if (this.following || this.#history.length === 0) {
      this.#history.push({ span: this.span, range: this.range, following: this.following });
    }
    this.following = false;
  }
}

function atLeast({ from, to }: Span): Span {
  if (to - from >= MIN_SPAN_MS) return { from, to };
  const centre = (from + to) / 2;
  return { from: centre - MIN_SPAN_MS / 2, to: centre + MIN_SPAN_MS / 2 };
}
