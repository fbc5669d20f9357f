import type { Block, Rows } from '../data/rows.ts';
import { levelOf } from '../data/rows.ts';
import type { ValueScale } from '../data/scale.ts';
import { categoryOf, ISOLATED, type LookupTables, type Plane } from './column-cache.ts';

/**
 * Counts requests per pixel. A million requests take about 10 ms; with canvas operations, they would take half a
 * second.
 */
export class Density implements Plane {
  readonly width: number;
  readonly height: number;
  /** Requests per pixel, row by row. */
  readonly counts: Uint32Array;
  /** The most frequent category of a pixel's requests. Exact if it has more than half of them. */
  readonly category: Uint8Array;
  /** The flags of all requests of a pixel, combined by OR, so that errors, aborted and isolated requests stay visible. */
  readonly flags: Uint8Array;
  /** Requests per column. Their sum is shown as the number of drawn requests. */
  readonly totals: Uint32Array;
  /** The greatest count of a pixel. */
  maxCount = 0;
  readonly #lead: Uint32Array;
  readonly #msPerColumn: number;
  readonly #scale: ValueScale;
  readonly #clamp: boolean;
  readonly #tables: LookupTables;

  /** @param clamp whether values outside of the scale are counted at its ends */
  constructor(
    size: { width: number; height: number; msPerColumn: number },
    scale: ValueScale,
    clamp: boolean,
    tables: LookupTables,
  ) {
    this.width = size.width;
    this.height = size.height;
    this.#msPerColumn = size.msPerColumn;
    this.#scale = scale;
    this.#clamp = clamp;
    this.#tables = tables;
    const pixels = size.width * size.height;
    this.counts = new Uint32Array(pixels);
    this.category = new Uint8Array(pixels);
    this.flags = new Uint8Array(pixels);
    this.#lead = new Uint32Array(pixels);
    this.totals = new Uint32Array(size.width);
  }

  /** The number of counted requests. */
  get total(): number {
    return this.totals.reduce((sum, count) => sum + count, 0);
  }

  /** The index of a column in the ring. */
  at(column: number): number {
    return ((column % this.width) + this.width) % this.width;
  }

  blocks(rows: Rows, from: number, to: number): Iterable<Block> {
    return rows.ending(from, to);
  }

  clear(from: number, to: number): void {
    for (let column = from; column < to; column++) {
      const x = this.at(column);
      this.totals[x] = 0;
      for (let p = x; p < this.counts.length; p += this.width) {
        this.counts[p] = 0;
        this.category[p] = 0;
        this.flags[p] = 0;
        this.#lead[p] = 0;
      }
    }
  }

  add(block: Block, from: number, to: number, firstColumn: number, endColumn: number): void {
    const { width, height, counts, category, flags, totals } = this;
    const lead = this.#lead;
    const clamp = this.#clamp;
    const tables = this.#tables;
    const { matcher, flags: flagsOf, isolated = -1 } = tables;
    const verdicts = matcher.series;
    const { end, level } = block;
    const { series, duration } = block.chunk;
    const perMs = 1 / this.#msPerColumn;
    const firstAt = this.at(firstColumn);
    const log = this.#scale.kind === 'log';
    const top = log ? levelOf(this.#scale.high) : this.#scale.high;
    const perPixel = log
      ? height / (levelOf(this.#scale.high) - levelOf(this.#scale.low))
      : height / (this.#scale.high - this.#scale.low);
    for (let i = from; i < to; i++) {
      const id = series[i]!;
      const verdict = verdicts[id];
      if (verdict !== 1 && (verdict !== 2 || !matcher.row(block, i))) continue;
      const place = end[i]! * perMs;
      if (place < firstColumn || place >= endColumn) continue;
      const column = Math.floor(place);
      let y = Math.floor((top - (log ? level[i]! : duration[i]!)) * perPixel);
      if (y < 0 || y >= height) {
        if (!clamp) continue;
        y = y < 0 ? 0 : height - 1;
      }
      let x = firstAt + column - firstColumn;
      if (x >= width) x -= width;
      const p = y * width + x;
      const count = counts[p]! + 1;
      counts[p] = count;
      if (count > this.maxCount) this.maxCount = count;
      const own = categoryOf(tables, block.chunk, i);
      flags[p]! |= own === isolated ? flagsOf[id]! | ISOLATED : flagsOf[id]!;
      totals[x]!++;
      // Boyer-Moore majority vote: finds the category with more than half of the requests, if there is one.
      if (lead[p] === 0) {
        category[p] = own;
        lead[p] = 1;
      } else if (category[p] === own) lead[p]!++;
      else lead[p]!--;
    }
  }
}

/**
 * The appearance of a pixel with `count` requests, if the greatest count is `maxCount`, by its logarithm: first more
 * opaque, then a deeper colour. A single request is visible.
 */
export function intensity(count: number, maxCount: number): { alpha: number; depth: number } {
  if (count === 0) return { alpha: 0, depth: 0 };
  const part = maxCount > 1 ? Math.min(1, Math.log(count) / Math.log(maxCount)) : 0;
  return { alpha: Math.min(1, 0.38 + 1.2 * part), depth: Math.max(0, (part - 0.5) * 1.3) };
}
