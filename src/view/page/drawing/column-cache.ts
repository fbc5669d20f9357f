import type { Chunk } from '../../shared/columns.ts';
import { Population, populationOf } from '../data/figures/population.ts';
import type { Matcher } from '../data/filter.ts';
import type { Block, Rows } from '../data/rows.ts';
import type { Columns } from '../data/scale.ts';

/** Counts of requests by pixel column. Columns are stored in a ring: column n is at n modulo the width. */
export interface Plane {
  /** Clears the columns `from` (inclusive) to `to` (exclusive). */
  clear(from: number, to: number): void;
  /** Counts the rows `from` (inclusive) to `to` (exclusive) in the columns `firstColumn` to `endColumn`. */
  add(block: Block, from: number, to: number, firstColumn: number, endColumn: number): void;
  /** The blocks that may have requests in a span. */
  blocks(rows: Rows, from: number, to: number): Iterable<Block>;
}

/**
 * Keeps the counts of a plane up to date for the columns in view. When the view moves, only new columns are counted.
 * When rows arrive, only these rows are counted.
 */
export class ColumnCache<P extends Plane> {
  plane: P | undefined;
  #key = '';
  #columns: Columns | undefined;

  /**
   * @param key the inputs of the counts besides rows and columns; a new key makes a new plane
   * @param make creates a plane for that key
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
    // Equal except for rounding errors, so the scale of the existing counts is kept.
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

  /** Whether the existing counts can be used, with few new columns or none. */
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

  /** Counts new rows. */
  added(block: Block, from: number, to: number): void {
    if (this.#columns === undefined) return;
    const { first, width } = this.#columns;
    this.plane?.add(block, from, to, first, first + width);
  }

  /** Counts the columns of evicted blocks again, because other blocks may have rows there as well. */
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

  /** Drops all counts. */
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

/** The lookup tables for counting and drawing. */
export interface LookupTables {
  readonly matcher: Matcher;
  /** Colour category, by the id of the tag set. */
  readonly category: Uint8Array;
  /** By the id of the tag set: not 0 for errors and aborted requests, which must stay visible. */
  readonly flags: Uint8Array;
  /** The category of streams, if they have one of their own. */
  readonly streams?: number | undefined;
  /** {@link populationOfTags}, by the id of the tag set. */
  readonly population?: Uint8Array;
  /** The category that is drawn above all others, which are pale; undefined if all are alike. */
  readonly isolated?: number | undefined;
}

/** The colour category of a request: of its tags, or of streams. */
export function categoryOf({ category, streams, population }: LookupTables, chunk: Chunk, i: number): number {
  const id = chunk.series[i]!;
  if (streams === undefined || population === undefined || chunk.duration[i]! <= 1) return category[id]!;
  return populationOf(population, chunk, i) === Population.streams ? streams : category[id]!;
}

/** The flag of the requests of the isolated category, beside those of {@link LookupTables.flags}. */
export const ISOLATED = 4;
