/**
 * Concurrency slots: a request takes the smallest free one when it starts and gives it back when it ends, so that
 * slot 1 is busy whenever anything is, and the highest slot in use tells the concurrency. Node's counterpart of a
 * thread pool's thread ids.
 *
 * A bitmap, 32 slots a word: taking and giving back cost a few nanoseconds however many are in use.
 */
export class Slots {
  #words = new Uint32Array(32);
  /** No word before this one has a free slot. */
  #firstFree = 0;

  /** Takes the smallest free slot; slots count from 1. */
  acquire(): number {
    let word = this.#firstFree;
    while (word < this.#words.length && this.#words[word] === 0xffffffff) word++;
    this.#firstFree = word;
    if (word === this.#words.length) this.#grow();
    const used = this.#words[word]!;
    const bit = 31 - Math.clz32(~used & (used + 1)); // the lowest zero
    this.#words[word] = used | (1 << bit);
    return word * 32 + bit + 1;
  }

  release(slot: number): void {
    const word = (slot - 1) >>> 5;
    this.#words[word]! &= ~(1 << ((slot - 1) & 31));
    if (word < this.#firstFree) this.#firstFree = word;
  }

  #grow(): void {
    const words = new Uint32Array(this.#words.length * 2);
    words.set(this.#words);
    this.#words = words;
  }
}
