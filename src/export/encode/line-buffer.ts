const FIRST_BYTES = 65_536;
/** The most bytes that one UTF-16 unit takes in UTF-8. */
const BYTES_PER_CHARACTER = 3;

/**
 * Collects the bytes of a batch, in memory that is reused for the next one. Short strings are garbage soon and cheap
 * to collect. A whole batch as one string would survive, and be copied by the garbage collector.
 */
export class LineBuffer {
  #memory = Buffer.allocUnsafeSlow(FIRST_BYTES);
  #length = 0;

  clear(): void {
    this.#length = 0;
  }

  append(text: string): void {
    const needed = this.#length + text.length * BYTES_PER_CHARACTER;
    if (needed > this.#memory.length) {
      const larger = Buffer.allocUnsafeSlow(needed * 2);
      this.#memory.copy(larger, 0, 0, this.#length);
      this.#memory = larger;
    }
    this.#length += this.#memory.write(text, this.#length);
  }

  /** The bytes that were appended since the last `clear`. Valid until the next one. */
  get bytes(): Uint8Array {
    return this.#memory.subarray(0, this.#length);
  }
}
