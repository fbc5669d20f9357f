const SLOTS = 2 ** 13;
const PROBES = 8;
/** The most bytes of a key; longer ones are not cached. */
const MAX_KEY_BYTES = 2048;
/** The most bytes of all keys together. */
const MAX_TOTAL_BYTES = 2 ** 21;

/**
 * Caches parsed keys by their bytes, so that a known key is only compared. Its size is bounded: if there is no free
 * slot, another key is replaced, and if there is no room for the bytes, the cache is cleared.
 */
export class ParsedKeyCache<Value> {
  readonly #hashes = new Int32Array(SLOTS);
  readonly #starts = new Uint32Array(SLOTS);
  readonly #lengths = new Uint16Array(SLOTS);
  readonly #values: (Value | undefined)[] = new Array(SLOTS).fill(undefined);
  #bytes = new Uint8Array(2 ** 16);
  #used = 0;

  get(hash: number, bytes: Uint8Array, start: number, end: number): Value | undefined {
    for (let probe = 0; probe < PROBES; probe++) {
      const slot = (hash + probe) & (SLOTS - 1);
      const length = this.#lengths[slot]!;
      if (length === 0) return undefined;
      if (this.#hashes[slot] !== hash || length !== end - start) continue;
      if (isSame(this.#bytes, this.#starts[slot]!, bytes, start, length)) return this.#values[slot];
    }
    return undefined;
  }

  set(hash: number, bytes: Uint8Array, start: number, end: number, value: Value): void {
    const length = end - start;
    if (length === 0 || length > MAX_KEY_BYTES) return;
    this.#makeRoom(length);
    let slot = hash & (SLOTS - 1);
    for (let probe = 0; probe < PROBES; probe++) {
      const candidate = (hash + probe) & (SLOTS - 1);
      if (this.#lengths[candidate] !== 0) continue;
      slot = candidate;
      break;
    }
    this.#hashes[slot] = hash;
    this.#starts[slot] = this.#used;
    this.#lengths[slot] = length;
    this.#values[slot] = value;
    this.#bytes.set(bytes.subarray(start, end), this.#used);
    this.#used += length;
  }

  clear(): void {
    this.#lengths.fill(0);
    this.#values.fill(undefined);
    this.#used = 0;
  }

  #makeRoom(length: number): void {
    if (this.#used + length <= this.#bytes.length) return;
    if (this.#bytes.length >= MAX_TOTAL_BYTES) {
      this.clear();
      return;
    }
    const larger = new Uint8Array(this.#bytes.length * 2);
    larger.set(this.#bytes);
    this.#bytes = larger;
  }
}

function isSame(known: Uint8Array, at: number, bytes: Uint8Array, start: number, length: number): boolean {
  // From the end, because most keys have the same hosts and processes at their start.
  for (let i = length - 1; i >= 0; i--) if (known[at + i] !== bytes[start + i]) return false;
  return true;
}
