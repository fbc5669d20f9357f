import type { Matcher } from '../data/filter.ts';
import type { Block, Rows } from '../data/rows.ts';
import type { Columns } from '../data/scale.ts';

/** What counts requests by pixel column. Columns are kept in a ring: column n at n modulo the width. */
export interface Plane {
  /** Forgets the columns from (included) to (not included). */
  clear(from: number, to: number): void;
  /** Counts what the rows at from (included) to (not included) have in the columns firstColumn to endColumn. */
  add(block: Block, from: number, to: number, firstColumn: number, endColumn: number): void;
  /** The blocks that may have something in a span. */
  blocks(rows: Rows, from: number, to: number): Iterable<Block>;
}

/**
 * Keeps a plane filled for the columns in view. Where the view moves, only columns that come into it are counted;
 * where rows come in, only those rows.
 */
export class ColumnCache<P extends Plane> {
  plane: P | undefined;
  #key = '';
  #columns: Columns | undefined;

  /**
   * @param key what the counts depend on, besides rows and columns; another one counts all anew
   * @param make a plane for that key
   */
  show(rows: Rows, columns: Columns, key: string, make: () => P): P {
    const old = this.#columns;
    const { first, width } = columns;
    const fits = this.fits(columns, key);
    this.#columns = columns;
    if (!fits || this.plane === undefined || old === undefined) {
      this.#key = key;
      this.plane = make();
      this.#count(rows, first, first + width);
      return this.plane;
    }
    // The same but for rounding: what is there was counted with the one of before.
    this.#columns = { first, width, msPerColumn: old.msPerColumn };
    if (first > old.first) {
      this.plane.clear(old.first, first);
      this.#count(rows, old.first + width, first + width);
    } else if (first < old.first) {
      this.plane.clear(first + width, old.first + width);
      this.#count(rows, first, old.first);
    }
    return this.plane;
  }

  /** Whether what is counted can be shown there, with few new columns or none. */
  fits({ first, width, msPerColumn }: Columns, key: string): boolean {
    const old = this.#columns;
    return (
      this.plane !== undefined &&
      old !== undefined &&
      key === this.#key &&
      width === old.width &&
      Math.abs(msPerColumn / old.msPerColumn - 1) < 1e-9 &&
      Math.abs(first - old.first) < width
    );
  }

  /** Rows came in. */
  added(block: Block, from: number, to: number): void {
    if (this.#columns === undefined) return;
    const { first, width } = this.#columns;
    this.plane?.add(block, from, to, first, first + width);
  }

  /** Blocks are gone: their columns are counted anew, because others may have rows there as well. */
  evicted(rows: Rows, blocks: readonly Block[]): void {
    if (this.#columns === undefined || this.plane === undefined) return;
    const { first, width, msPerColumn } = this.#columns;
    let from = first + width;
    let to = first;
    for (const block of blocks) {
      from = Math.min(from, Math.floor(block.minStart / msPerColumn));
      to = Math.max(to, Math.floor(block.maxEnd / msPerColumn) + 1);
    }
    from = Math.max(first, from);
    to = Math.min(first + width, to);
    if (from >= to) return;
    this.plane.clear(from, to);
    this.#count(rows, from, to);
  }

  /** Forgets all. */
  reset(): void {
    this.plane = undefined;
    this.#columns = undefined;
  }

  #count(rows: Rows, from: number, to: number): void {
    const { msPerColumn } = this.#columns!;
    const plane = this.plane!;
    for (const block of plane.blocks(rows, from * msPerColumn, to * msPerColumn)) {
      plane.add(block, block.from, block.to, from, to);
    }
  }
}

/** What planes ask of each request. */
export interface Look {
  readonly matcher: Matcher;
  /** By the id of the tag set: how it is coloured. */
  readonly category: Uint8Array;
  /** By the id of the tag set: not 0 for those that must not drown in others. */
  readonly flags: Uint8Array;
}
