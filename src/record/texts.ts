import { cut } from '../safety/foreign-text.ts';

const CHUNK_BYTES = 65_536;
/** UTF-16 units of a text; a longer one is cut. */
const LONGEST_TEXT = 2048;
/** The length of a text stands before it. */
const LENGTH_BYTES = 2;
/** No UTF-16 unit takes more bytes in UTF-8. */
const BYTES_PER_UNIT = 3;

/**
 * The texts of a batch, as UTF-8 in shared memory. What a request says of itself is often a view on a longer string:
 * kept as it is, a path of 20 characters would hold 15 kB of query, and megabytes of text would be cloned on the
 * application's thread when the batch is posted. Written here it is neither held nor cloned, for 0.1 us.
 */
export class Texts {
  readonly #chunks: Buffer[] = [];
  /** The chunk that is written to, and where in it. */
  #chunk = 0;
  #at = 0;

  /** Adds one, of which at most `longest` UTF-16 units; returns its place, for {@link textAt}, which is never 0. */
  push(text: string, longest: number = LONGEST_TEXT): number {
    const short = cut(text, Math.min(longest, LONGEST_TEXT));
    if (this.#at + LENGTH_BYTES + short.length * BYTES_PER_UNIT > CHUNK_BYTES) {
      this.#chunk++;
      this.#at = 0;
    }
    this.#chunks[this.#chunk] ??= Buffer.from(new SharedArrayBuffer(CHUNK_BYTES));
    const chunk = this.#chunks[this.#chunk]!;
    const start = this.#at + LENGTH_BYTES;
    const length = chunk.write(short, start);
    chunk[start - 2] = length & 0xff;
    chunk[start - 1] = length >> 8;
    this.#at = start + length;
    return this.#chunk * CHUNK_BYTES + start;
  }

  /** Forgets all, but keeps the memory. */
  clear(): void {
    this.#chunk = 0;
    this.#at = 0;
  }

  /** Bytes that are written to. */
  get used(): number {
    return this.#chunk * CHUNK_BYTES + this.#at;
  }

  /** Bytes of memory that it holds. */
  get held(): number {
    return this.#chunks.length * CHUNK_BYTES;
  }

  /** The memory that is in use, in a form that can be posted. */
  content(): SharedArrayBuffer[] {
    const used = this.#at === 0 ? [] : this.#chunks.slice(0, this.#chunk + 1);
    return used.map(({ buffer }) => buffer as SharedArrayBuffer);
  }
}

/** The text at a place. */
export function textAt(content: readonly Buffer[], place: number): string {
  const chunk = content[Math.floor(place / CHUNK_BYTES)]!;
  const start = place % CHUNK_BYTES;
  const length = chunk[start - 2]! | (chunk[start - 1]! << 8);
  return chunk.toString('utf8', start, start + length);
}
