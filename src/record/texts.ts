import { cut } from '../safety/foreign-text.ts';

/** The most UTF-16 units of a text; a longer one is cut. */
const MAX_TEXT_LENGTH = 2048;
/** Each text is preceded by its length. */
const LENGTH_BYTES = 2;
/** The most bytes that one UTF-16 unit takes in UTF-8. */
const BYTES_PER_UNIT = 3;

/**
 * The texts of a batch, as UTF-8 in shared memory. Writing one costs 0.1 us. Keeping the strings would cost more: V8
 * represents a substring as a view on the longer string, so a path of 20 characters could keep 15 kB of query in
 * memory, and the main thread would clone megabytes of text when it posts the batch.
 */
export class Texts {
  #memory = memoryOf(0);
  #used = 0;

  /** Adds a text, cut to `maxLength` UTF-16 units. Returns its offset, for {@link textAt}, which is never 0. */
  push(text: string, maxLength: number = MAX_TEXT_LENGTH): number {
    const short = cut(text, Math.min(maxLength, MAX_TEXT_LENGTH));
    const start = this.#used + LENGTH_BYTES;
    if (start + short.length * BYTES_PER_UNIT > this.#memory.length) this.#makeRoom(short);
    const length = this.#memory.write(short, start);
    this.#memory[start - 2] = length & 0xff;
    this.#memory[start - 1] = length >> 8;
    this.#used = start + length;
    return start;
  }

  /** Removes all texts, but keeps the memory. */
  clear(): void {
    this.#used = 0;
  }

  /** Bytes written. */
  get used(): number {
    return this.#used;
  }

  /** Bytes of memory that it holds. */
  get held(): number {
    return this.#memory.length;
  }

  /** The memory, in a form that can be posted to a worker. */
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

/** The text at an offset of {@link Texts.buffer}. */
export function textAt(memory: Buffer, offset: number): string {
  const length = memory[offset - 2]! | (memory[offset - 1]! << 8);
  return memory.toString('utf8', offset, offset + length);
}

function memoryOf(bytes: number): Buffer {
  return Buffer.from(new SharedArrayBuffer(bytes));
}
