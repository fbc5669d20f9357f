/**
 * Concurrency slots, the counterpart of thread ids in servers with a thread pool. A request takes the smallest free slot
 * when it starts and releases it when it ends. So slot 1 is the busiest, and the highest slot in use shows the
 * concurrency.
 *
 * Slots are a bitmap with 32 slots per word: `acquire` and `release` take a few nanoseconds, however many are in use.
 */
export class Slots {
  #words = new Uint32Array(32);
  /** All words before this one are full. */
  #firstFree = 0;

  /** Takes the smallest free slot, from 1. */
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
