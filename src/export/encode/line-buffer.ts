const FIRST_BYTES = 65_536;
/** No character of UTF-16 takes more bytes in UTF-8. */
const BYTES_PER_CHARACTER = 3;

/**
 * The bytes of one batch after another, in memory that is kept between them. Text that goes in piece by piece is
 * young when it dies; a whole batch as one string would live long enough to be moved about by the garbage collector.
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

  /** What was appended since it was cleared; valid until it is cleared again. */
  get bytes(): Uint8Array {
    return this.#memory.subarray(0, this.#length);
  }
}
