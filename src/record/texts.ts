import { cut } from '../safety/foreign-text.ts';

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
  #memory = memoryOf(0);
  #used = 0;

  /** Adds one, of which at most `longest` UTF-16 units; returns its place, for {@link textAt}, which is never 0. */
  push(text: string, longest: number = LONGEST_TEXT): number {
    const short = cut(text, Math.min(longest, LONGEST_TEXT));
    const start = this.#used + LENGTH_BYTES;
    if (start + short.length * BYTES_PER_UNIT > this.#memory.length) this.#makeRoom(short);
    const length = this.#memory.write(short, start);
    this.#memory[start - 2] = length & 0xff;
    this.#memory[start - 1] = length >> 8;
    this.#used = start + length;
    return start;
  }

  /** Forgets all, but keeps the memory. */
  clear(): void {
    this.#used = 0;
  }

  /** Bytes that are written to. */
  get used(): number {
    return this.#used;
  }

  /** Bytes of memory that it holds. */
  get held(): number {
    return this.#memory.length;
  }

  /** The memory, in a form that can be posted. */
  get buffer(): SharedArrayBuffer {
    return this.#memory.buffer as SharedArrayBuffer;
  }

  #makeRoom(text: string): void {
    const needed = this.#used + LENGTH_BYTES + Buffer.byteLength(text);
    if (needed <= this.#memory.length) return;
    const larger = memoryOf(Math.max(needed, 2 * this.#memory.length));
    this.#memory.copy(larger, 0, 0, this.#used);
    this.#memory = larger;
  }
}

/** The text at a place of {@link Texts.buffer}. */
export function textAt(memory: Buffer, place: number): string {
  const length = memory[place - 2]! | (memory[place - 1]! << 8);
  return memory.toString('utf8', place, place + length);
}

function memoryOf(bytes: number): Buffer {
  return Buffer.from(new SharedArrayBuffer(bytes));
}
