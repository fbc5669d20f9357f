import { after, cancel } from '../../safety/time.ts';
import { RETRY_DELAYS, type RetryDelays, retryDelay } from './retry.ts';

/** The delays between failed attempts, which grow exponentially. */
export class Backoff {
  readonly #times: RetryDelays;
  readonly #keepsProcessAlive: boolean;
  #failures = 0;
  #endWait: () => void = () => {};

  constructor(times: RetryDelays = RETRY_DELAYS, keepsProcessAlive = false) {
    this.#times = times;
    this.#keepsProcessAlive = keepsProcessAlive;
  }

  /** Failed attempts in a row. */
  get failures(): number {
    return this.#failures;
  }

  failed(): void {
    this.#failures++;
  }

  succeeded(): void {
    this.#failures = 0;
  }

  /**
   * Resolves when the next attempt is due, or at {@link endWait}. @param askedMs the delay that the server asked for
   */
  wait(askedMs: number): Promise<void> {
    return new Promise((resolve) => {
      const delayMs = retryDelay(this.#failures, Math.random(), askedMs, this.#times);
      const timer = after('the timer of the next attempt', delayMs, resolve);
      if (this.#keepsProcessAlive) timer.ref();
      this.#endWait = () => {
        cancel(timer);
        resolve();
      };
    });
  }

  /** Ends the current wait. */
  endWait(): void {
    this.#endWait();
  }
}
