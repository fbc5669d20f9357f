const SLOTS = 2 ** 14;
const PROBES = 8;
/** Longer keys are not remembered. */
const LONGEST_KEY = 2048;

interface Entry<Value> {
  readonly hash: number;
  readonly key: Uint8Array;
  readonly value: Value;
}

/**
 * Remembers what the bytes of a key meant, so that a key is read once and then only compared. Bounded: a key that finds
 * no free slot near its own takes the place of another.
 */
export class KeyCache<Value> {
  #slots: (Entry<Value> | undefined)[] = new Array(SLOTS).fill(undefined);

  get(hash: number, bytes: Uint8Array, start: number, end: number): Value | undefined {
    for (let probe = 0; probe < PROBES; probe++) {
      const entry = this.#slots[(hash + probe) & (SLOTS - 1)];
      if (entry === undefined) return undefined;
      if (entry.hash === hash && isAt(entry.key, bytes, start, end)) return entry.value;
    }
    return undefined;
  }

  set(hash: number, key: Uint8Array, value: Value): void {
    if (key.length > LONGEST_KEY) return;
    let slot = hash & (SLOTS - 1);
    for (let probe = 0; probe < PROBES; probe++) {
      const candidate = (hash + probe) & (SLOTS - 1);
      if (this.#slots[candidate] !== undefined) continue;
      slot = candidate;
      break;
    }
    this.#slots[slot] = { hash, key: key.slice(), value };
  }

  clear(): void {
    this.#slots.fill(undefined);
  }
}

function isAt(key: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean {
  const { length } = key;
  if (end - start !== length) return false;
  // From the end, where keys differ most: hosts and processes come first.
  for (let i = length - 1; i >= 0; i--) if (key[i] !== bytes[start + i]) return false;
  return true;
}
