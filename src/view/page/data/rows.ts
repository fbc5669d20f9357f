import { CHUNK_ROWS, Chunk } from '../../shared/columns.ts';
import { decodeRows, rowsOf } from '../../shared/feed.ts';

/** Steps of {@link Block.level} per decade, from 1 ns. 16 bits reach beyond ten years. */
export const LEVELS_PER_DECADE = 3600;

/** The logarithm of a duration in s. It is precomputed, so that drawing needs no logarithms. */
export function levelOf(seconds: number): number {
  return seconds > 1e-9 ? (Math.log10(seconds) + 9) * LEVELS_PER_DECADE : 0;
}

/** A chunk of the feed with precomputed values for drawing, per row and for the whole block. */
export class Block {
  readonly chunk: Chunk = new Chunk();
  /** End of the request, ms after {@link Rows.baseMs}. */
  readonly end: Float64Array<ArrayBuffer> = new Float64Array(CHUNK_ROWS);
  /** {@link levelOf} of the duration, rounded. */
  readonly level: Uint16Array<ArrayBuffer> = new Uint16Array(CHUNK_ROWS);
  /** Number of the row at index 0. */
  readonly row: number;
  /** The range of rows: `from` (inclusive) to `to` (exclusive). */
  from: number;
  to: number;
  minEnd: number = Number.POSITIVE_INFINITY;
  maxEnd: number = Number.NEGATIVE_INFINITY;
  minStart: number = Number.POSITIVE_INFINITY;
  minDuration: number = Number.POSITIVE_INFINITY;
  maxDuration = 0;

  constructor(row: number, from: number) {
    this.row = row;
    this.from = from;
    this.to = from;
  }

  /** Start of the request at index `i`, ms after the base. */
  start(i: number): number {
    return this.end[i]! - this.chunk.leadOf(i) / 1e6;
  }

  derive(from: number, to: number, baseNs: bigint): void {
    const { timestamp, duration } = this.chunk;
    // The halves of the 64-bit number. A BigInt per row would make garbage.
    const low = new Uint32Array(timestamp.buffer, timestamp.byteOffset, CHUNK_ROWS * 2);
    const high = new Int32Array(timestamp.buffer, timestamp.byteOffset, CHUNK_ROWS * 2);
    const baseHigh = Number(baseNs >> 32n);
    const baseLow = Number(baseNs & 0xffffffffn);
    for (let i = from; i < to; i++) {
      const end = ((high[2 * i + 1]! - baseHigh) * 4294967296 + (low[2 * i]! - baseLow)) / 1e6;
      const start = end - this.chunk.leadOf(i) / 1e6;
      const seconds = duration[i]!;
      this.end[i] = end;
      this.level[i] = Math.min(65535, Math.round(levelOf(seconds)));
      if (end < this.minEnd) this.minEnd = end;
      if (end > this.maxEnd) this.maxEnd = end;
      if (start < this.minStart) this.minStart = start;
      if (seconds < this.minDuration) this.minDuration = seconds;
      if (seconds > this.maxDuration) this.maxDuration = seconds;
    }
  }
}

/** A reference to a request. */
export interface RowRef {
  readonly block: Block;
  readonly index: number;
}

/** The requests of the page, as blocks in the order of arrival, which is nearly the order of time. */
export class Rows {
  /**
   * The base of times, ms since 1970. Times after it are small enough to be exact to the ns. 0: times are not those of a
   * clock, but count from a start.
   */
  readonly baseMs: number;
  readonly #baseNs: bigint;
  blocks: Block[] = [];
  count = 0;
  /** Number of the next row. A reconnected feed continues from it. */
  next = 0;
  minEnd: number = Number.POSITIVE_INFINITY;
  maxEnd: number = Number.NEGATIVE_INFINITY;

  constructor(baseMs: number) {
    this.baseMs = Math.floor(baseMs);
    this.#baseNs = BigInt(this.baseMs) * 1_000_000n;
  }

  /** Adds a frame of rows. Returns their place. */
  add(payload: Uint8Array): { block: Block; from: number; to: number } {
    const { row, count } = rowsOf(payload);
    const from = row % CHUNK_ROWS;
    const to = from + count;
    let block = this.blocks.at(-1);
    if (block?.row !== row - from || block.to !== from) {
      block = new Block(row - from, from);
      this.blocks.push(block);
    }
    decodeRows(payload, block.chunk, from);
    block.derive(from, to, this.#baseNs);
    block.to = to;
    this.count += count;
    this.next = row + count;
    this.minEnd = Math.min(this.minEnd, block.minEnd);
    this.maxEnd = Math.max(this.maxEnd, block.maxEnd);
    return { block, from, to };
  }

  /** Removes and returns the blocks before row `first`. */
  evict(first: number): Block[] {
    const kept = this.blocks.findIndex((block) => block.row + block.to > first);
    const gone = this.blocks.splice(0, kept < 0 ? this.blocks.length : kept);
    if (gone.length > 0) {
      this.count = this.blocks.reduce((sum, block) => sum + block.to - block.from, 0);
      this.minEnd = Math.min(...this.blocks.map((block) => block.minEnd));
      this.maxEnd = Math.max(...this.blocks.map((block) => block.maxEnd));
    }
    return gone;
  }

  /** Removes all rows. The next row is `next`. */
  clear(next: number): void {
    this.blocks = [];
    this.count = 0;
    this.next = next;
    this.minEnd = Number.POSITIVE_INFINITY;
    this.maxEnd = Number.NEGATIVE_INFINITY;
  }

  /** Blocks with requests that end between `from` (inclusive) and `to` (exclusive). */
  *ending(from: number, to: number): Generator<Block> {
    for (const block of this.blocks) if (block.maxEnd >= from && block.minEnd < to) yield block;
  }

  /** Blocks with requests that are open at some time between `from` and `to`. */
  *open(from: number, to: number): Generator<Block> {
    for (const block of this.blocks) if (block.maxEnd >= from && block.minStart < to) yield block;
  }

  /** Converts a time after the base to ms since 1970. */
  wall(ms: number): number {
    return this.baseMs + ms;
  }
}
