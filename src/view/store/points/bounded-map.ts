/** An entry that was not used for this long may be replaced. */
const IDLE_MS = 60_000;

/**
 * A bounded map. A flood of new keys does not replace entries that are in use: a new key is added only if there is
 * room, or if an entry was not used for a minute.
 */
export class BoundedMap<Value> {
  readonly #maxEntries: number;
  readonly #clock: () => number;
  readonly #entries = new Map<string, { readonly value: Value; touched: number }>();
  /** No entry can be replaced before this time. */
  #nextIdle = Number.NEGATIVE_INFINITY;

  /** @param clock a monotonic clock, ms */
  constructor(maxEntries: number, clock: () => number) {
    this.#maxEntries = maxEntries;
    this.#clock = clock;
  }

  /**
   * The value of a key, which counts as used now. For a new key, the result of `make`; undefined if there is no room.
   */
  get(name: string, make: () => Value): Value | undefined {
    const now = this.#clock();
    let entry = this.#entries.get(name);
    if (entry === undefined) {
      if (this.#entries.size >= this.#maxEntries && !this.#makeRoom(now)) return undefined;
      entry = { value: make(), touched: now };
      this.#entries.set(name, entry);
    }
    entry.touched = now;
    return entry.value;
  }

  values(): Value[] {
    return [...this.#entries.values()].map(({ value }) => value);
  }

  /** Removes the entry that was unused for the longest time, if that is long enough. */
  #makeRoom(now: number): boolean {
    if (now < this.#nextIdle) return false;
    let oldest: string | undefined;
    let touched = Number.POSITIVE_INFINITY;
    for (const [name, entry] of this.#entries) {
      if (entry.touched >= touched) continue;
      oldest = name;
      touched = entry.touched;
    }
    this.#nextIdle = touched + IDLE_MS;
    if (oldest === undefined || now < this.#nextIdle) return false;
    this.#entries.delete(oldest);
    return true;
  }
}
