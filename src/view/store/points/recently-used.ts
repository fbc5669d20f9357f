/** What was not touched for so long leaves its place to something new. */
const IDLE_MS = 60_000;

/**
 * A bounded number of things by name, the ones that are in use. A flood of new names does not drive out what is there:
 * a new one gets a place only where one is free, or where nothing was touched for a minute.
 */
export class RecentlyUsed<Value> {
  readonly #most: number;
  readonly #clock: () => number;
  readonly #entries = new Map<string, { readonly value: Value; touched: number }>();
  /** Before that time, no place becomes free. */
  #nextIdle = Number.NEGATIVE_INFINITY;

  /** @param clock ms of a clock that never goes back */
  constructor(most: number, clock: () => number) {
    this.#most = most;
    this.#clock = clock;
  }

  /** What has that name, touched now; where it is new, what `make` returns. `undefined` if there is no place for it. */
  get(name: string, make: () => Value): Value | undefined {
    const now = this.#clock();
    let entry = this.#entries.get(name);
    if (entry === undefined) {
      if (this.#entries.size >= this.#most && !this.#makeRoom(now)) return undefined;
      entry = { value: make(), touched: now };
      this.#entries.set(name, entry);
    }
    entry.touched = now;
    return entry.value;
  }

  values(): Value[] {
    return [...this.#entries.values()].map(({ value }) => value);
  }

  /** Removes what has been idle for longest, if it has been for long enough. */
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
