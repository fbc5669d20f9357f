import type { Block, Rows } from '../data/rows.ts';
import { categoryOf, ISOLATED, type LookupTables, type Plane } from './column-cache.ts';
import type { Lanes } from './lanes.ts';

/** The busy time of each lane per pixel column, for swimlanes with too many requests for bars. */
export class Occupancy implements Plane {
  readonly width: number;
  readonly lanes: Lanes;
  /** The busy share of a column's time, 0..1 (slightly more if slots overlap), lane by lane. */
  readonly busy: Float32Array;
  readonly flags: Uint8Array;
  readonly category: Uint8Array;
  readonly #msPerColumn: number;
  readonly #tables: LookupTables;

  constructor(size: { width: number; msPerColumn: number }, lanes: Lanes, tables: LookupTables) {
    this.width = size.width;
    this.lanes = lanes;
    this.#msPerColumn = size.msPerColumn;
    this.#tables = tables;
    const cells = size.width * lanes.count;
    this.busy = new Float32Array(cells);
    this.flags = new Uint8Array(cells);
    this.category = new Uint8Array(cells);
  }

  at(column: number): number {
    return ((column % this.width) + this.width) % this.width;
  }

  blocks(rows: Rows, from: number, to: number): Iterable<Block> {
    return rows.open(from, to);
  }

  clear(from: number, to: number): void {
    for (let column = from; column < to; column++) {
      for (let p = this.at(column); p < this.busy.length; p += this.width) {
        this.busy[p] = 0;
        this.flags[p] = 0;
        this.category[p] = 0;
      }
    }
  }

  add(block: Block, from: number, to: number, firstColumn: number, endColumn: number): void {
    const { width, busy, flags, category, lanes } = this;
    const tables = this.#tables;
    const { matcher, flags: flagsOf, isolated = -1 } = tables;
    const { end } = block;
    const { chunk } = block;
    const { series, slot } = chunk;
    const perMs = 1 / this.#msPerColumn;
    const perNs = perMs / 1e6;
    const firstAt = this.at(firstColumn);
    for (let i = from; i < to; i++) {
      const id = series[i]!;
      const verdict = matcher.series[id];
      if (verdict !== 1 && (verdict !== 2 || !matcher.row(block, i))) continue;
      const stop = end[i]! * perMs;
      if (stop < firstColumn) continue;
      const start = stop - chunk.leadOf(i) * perNs;
      if (start >= endColumn) continue;
      const lane = lanes.of(id, slot.get(i));
      if (lane < 0) continue;
      const own = categoryOf(tables, chunk, i);
      const flag = own === isolated ? flagsOf[id]! | ISOLATED : flagsOf[id]!;
      const firstFull = Math.max(firstColumn, Math.floor(start));
      const last = Math.min(endColumn - 1, Math.floor(stop));
      const row = lane * width;
      let x = firstAt + firstFull - firstColumn;
      if (x >= width) x -= width;
      if (firstFull === last) {
        const p = row + x;
        busy[p]! += stop - Math.max(start, firstFull);
        flags[p]! |= flag;
        category[p] = own;
        continue;
      }
      for (let column = firstFull; column <= last; column++) {
        const p = row + x;
        busy[p]! += Math.min(stop, column + 1) - Math.max(start, column);
        flags[p]! |= flag;
        category[p] = own;
        if (++x === width) x = 0;
      }
    }
  }
}
