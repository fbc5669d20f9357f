import { after, cancel } from '../../safety/time.ts';
import { RETRY_TIMES, type RetryTimes, retryDelay } from './retry.ts';

/** The waits between attempts that fail, longer each time. */
export class Backoff {
  readonly #times: RetryTimes;
  readonly #holdsProcess: boolean;
  #failures = 0;
  #hurry: () => void = () => {};

  constructor(times: RetryTimes = RETRY_TIMES, holdsProcess = false) {
    this.#times = times;
    this.#holdsProcess = holdsProcess;
  }

  /** Attempts in a row that failed. */
  get failures(): number {
    return this.#failures;
  }

  failed(): void {
    this.#failures++;
  }

  succeeded(): void {
    this.#failures = 0;
  }

  /** Resolves when it is time for the next attempt, or at {@link hurry}. @param askedMs what the server asked for */
  wait(askedMs: number): Promise<void> {
    return new Promise((resolve) => {
      const delayMs = retryDelay(this.#failures, Math.random(), askedMs, this.#times);
      const timer = after('the timer of the next attempt', delayMs, resolve);
      if (this.#holdsProcess) timer.ref();
      this.#hurry = () => {
        cancel(timer);
        resolve();
      };
    });
  }

  /** Ends the wait under way. */
  hurry(): void {
    this.#hurry();
  }
}
