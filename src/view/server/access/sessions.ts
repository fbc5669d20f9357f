import { createHash, randomBytes } from 'node:crypto';

/** Random values by which somebody is known again: a bounded number, each for a limited time. */
export class Sessions {
  readonly #most: number;
  readonly #lifetimeMs: number;
  readonly #clock: () => number;
  /** By digest, so that how long it takes to find one tells nothing of it; oldest first. */
  readonly #openedAt = new Map<string, number>();

  /** @param clock ms of a clock that never goes back */
  constructor(most: number, lifetimeMs: number, clock: () => number) {
    this.#most = most;
    this.#lifetimeMs = lifetimeMs;
    this.#clock = clock;
  }

  /** A new one; where there are too many, the oldest ends. */
  open(): string {
    const [oldest] = this.#openedAt.keys();
    if (this.#openedAt.size >= this.#most) this.#openedAt.delete(oldest!);
    const value = randomBytes(24).toString('base64url');
    this.#openedAt.set(digest(value), this.#clock());
    return value;
  }

  has(value: string): boolean {
    const openedAt = this.#openedAt.get(digest(value));
    return openedAt !== undefined && this.#clock() - openedAt < this.#lifetimeMs;
  }

  /** Ends one; returns whether it was there. */
  end(value: string): boolean {
    const isThere = this.has(value);
    this.#openedAt.delete(digest(value));
    return isThere;
  }
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('base64');
}
