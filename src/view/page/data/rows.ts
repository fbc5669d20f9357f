import { CHUNK_ROWS, Chunk } from '../../shared/columns.ts';
import { decodeRows, rowsOf } from '../../shared/feed.ts';

/** {@link Block.level} has this many steps per decade, from 1 ns up: 16 bits reach beyond ten years. */
export const LEVELS_PER_DECADE = 3600;

/** The logarithm of a duration in s, so that drawing takes none. */
export function levelOf(seconds: number): number {
  return seconds > 1e-9 ? (Math.log10(seconds) + 9) * LEVELS_PER_DECADE : 0;
}

/** A chunk of the feed, with what drawing needs of each row at once and of all rows to skip them. */
export class Block {
  readonly chunk = new Chunk();
  /** End of the request, ms after {@link Rows.baseMs}. */
  readonly end = new Float64Array(CHUNK_ROWS);
  /** {@link levelOf} of the duration, rounded. */
  readonly level = new Uint16Array(CHUNK_ROWS);
  /** Number of the row at index 0. */
  readonly row: number;
  /** The rows that are there: from (included) to (not included). */
  from: number;
  to: number;
  minEnd = Number.POSITIVE_INFINITY;
  maxEnd = Number.NEGATIVE_INFINITY;
  minStart = Number.POSITIVE_INFINITY;
  minDuration = Number.POSITIVE_INFINITY;
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
    // The halves of a 64-bit number: a BigInt per row would be garbage.
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

/** Where a request is. */
export interface RowRef {
  readonly block: Block;
  readonly index: number;
}

/** The requests that the page holds: whole blocks in the order in which they came, which is nearly that of time. */
export class Rows {
  /** Times are counted from here, ms since 1970: small enough numbers to be exact to the ns. */
  readonly baseMs: number;
  readonly #baseNs: bigint;
  blocks: Block[] = [];
  count = 0;
  /** Number of the row that comes next; what a feed that broke goes on with. */
  next = 0;
  minEnd = Number.POSITIVE_INFINITY;
  maxEnd = Number.NEGATIVE_INFINITY;

  constructor(baseMs: number) {
    this.baseMs = Math.floor(baseMs);
    this.#baseNs = BigInt(this.baseMs) * 1_000_000n;
  }

  /** Takes a frame of rows; returns where it put them. */
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

  /** Forgets the blocks before row `first`; returns them. */
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

  /** Forgets all; the next row is `next`. */
  clear(next: number): void {
    this.blocks = [];
    this.count = 0;
    this.next = next;
    this.minEnd = Number.POSITIVE_INFINITY;
    this.maxEnd = Number.NEGATIVE_INFINITY;
  }

  /** Blocks with requests that end from `from` (included) to `to` (not included). */
  *ending(from: number, to: number): Generator<Block> {
    for (const block of this.blocks) if (block.maxEnd >= from && block.minEnd < to) yield block;
  }

  /** Blocks with requests that are open at some time from `from` to `to`. */
  *open(from: number, to: number): Generator<Block> {
    for (const block of this.blocks) if (block.maxEnd >= from && block.minStart < to) yield block;
  }

  /** ms since 1970 of a time of a row. */
  wall(ms: number): number {
    return this.baseMs + ms;
  }
}
