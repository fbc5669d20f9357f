import { createGunzip } from 'node:zlib';

/** The maxBytes memory for decompressed bodies that is kept for reuse. */
const MAX_KEPT_BYTES = 4 * 2 ** 20;
const FIRST_BYTES = 2 ** 20;

/** A decompressed body. */
export interface Decompressed {
  readonly content: Buffer;
  /** Returns its memory for reuse. */
  release(): void;
}

/**
 * Decompresses bodies one after the other, since several at a time would need more memory and not be faster. Memory
 * is reused, because the garbage collector would let megabytes per second accumulate.
 */
export class Gunzip {
  #last: Promise<unknown> = Promise.resolve();
  readonly #kept: Buffer[] = [];

  /**
   * @param maxBytes limit of the decompressed size
   * @param reserve called before more memory is used; false stops the decompression
   */
  run(
    raw: Buffer,
    maxBytes: number,
    reserve: (bytes: number) => boolean,
  ): Promise<Decompressed | 'too large' | 'busy'> {
    const run = this.#last.then(() => this.#run(raw, maxBytes, reserve));
    this.#last = run.catch(() => {});
    return run;
  }

  async #run(
    raw: Buffer,
    maxBytes: number,
    reserve: (bytes: number) => boolean,
  ): Promise<Decompressed | 'too large' | 'busy'> {
    let memory = this.#kept.pop() ?? Buffer.allocUnsafeSlow(FIRST_BYTES);
    let length = 0;
    const release = () => this.#keep(memory);
    const gunzip = createGunzip({ chunkSize: 2 ** 15 });
    gunzip.end(raw);
    try {
      for await (const chunk of gunzip as AsyncIterable<Buffer>) {
        const problem =
          length + chunk.length > maxBytes ? 'too large' : reserve(chunk.length) ? undefined : 'busy';
        if (problem !== undefined) {
          release();
          return problem;
        }
        if (length + chunk.length > memory.length) {
          const larger = Buffer.allocUnsafeSlow(Math.max(2 * memory.length, length + chunk.length));
          memory.copy(larger, 0, 0, length);
          memory = larger;
        }
        chunk.copy(memory, length);
        length += chunk.length;
      }
    } catch (error) {
      release();
      throw error;
    }
    return { content: memory.subarray(0, length), release };
  }

  #keep(memory: Buffer): void {
    const kept = this.#kept.reduce((bytes, { length }) => bytes + length, 0);
    if (kept + memory.length <= MAX_KEPT_BYTES) this.#kept.push(memory);
  }
}
