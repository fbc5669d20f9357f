import { createHash, randomBytes } from 'node:crypto';

/** Random values that identify clients. Their number and lifetime are bounded. */
export class Sessions {
  readonly #maxSessions: number;
  readonly #lifetimeMs: number;
  readonly #clock: () => number;
  /** By digest, so that the time of a lookup says nothing about a value; oldest first. */
  readonly #openedAt = new Map<string, number>();

  /** @param clock a monotonic clock, ms */
  constructor(maxSessions: number, lifetimeMs: number, clock: () => number) {
    this.#maxSessions = maxSessions;
    this.#lifetimeMs = lifetimeMs;
    this.#clock = clock;
  }

  /** Opens a session. If there are too many, the oldest one ends. */
  open(): string {
    const [oldest] = this.#openedAt.keys();
    if (this.#openedAt.size >= this.#maxSessions) this.#openedAt.delete(oldest!);
    const value = randomBytes(24).toString('base64url');
    this.#openedAt.set(digest(value), this.#clock());
    return value;
  }

  has(value: string): boolean {
    const openedAt = this.#openedAt.get(digest(value));
    return openedAt !== undefined && this.#clock() - openedAt < this.#lifetimeMs;
  }

  /** Ends a session. Returns whether it existed. */
  end(value: string): boolean {
    const isThere = this.has(value);
    this.#openedAt.delete(digest(value));
    return isThere;
  }
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('base64');
}
