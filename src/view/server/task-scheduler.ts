import { guarded } from '../../safety/guard.ts';

/** The most time that tasks take per turn of the event loop, ms. The rest is for other requests. */
const TURN_MS = 10;
/** The most time that one task takes before the next one continues, ms. */
const SLICE_MS = 5;

/** Work in steps. */
export interface Task {
  /** Works until `shouldYield` returns true. Returns whether the task is done. */
  step(shouldYield: () => boolean): boolean;
}

interface Waiting {
  readonly task: Task;
  readonly resolve: (isDone: boolean) => void;
  readonly reject: (error: unknown) => void;
}

/** Runs several tasks in turns, and yields to the event loop in between. */
export class TaskScheduler {
  readonly #waiting: Waiting[] = [];
  readonly #turn: () => void = guarded('reading bodies', () => this.#takeTurn());
  #next: NodeJS.Immediate | undefined;
  #isClosed = false;

  /** Resolves with true when the task is done, or with false if it was cancelled by {@link close}. */
  run(task: Task): Promise<boolean> {
    if (this.#isClosed) return Promise.resolve(false);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ task, resolve, reject });
      this.#next ??= setImmediate(this.#turn);
    });
  }

  /** Cancels all tasks. */
  close(): void {
    this.#isClosed = true;
    if (this.#next !== undefined) clearImmediate(this.#next);
    for (const { resolve } of this.#waiting.splice(0)) resolve(false);
  }

  #takeTurn(): void {
    const turnEnd = performance.now() + TURN_MS;
    for (let now = 0; now < turnEnd; now = performance.now()) {
      const waiting = this.#waiting.shift();
      if (waiting === undefined) break;
      const sliceEnd = Math.min(turnEnd, performance.now() + SLICE_MS);
      this.#step(waiting, () => performance.now() >= sliceEnd);
    }
    this.#next = this.#waiting.length > 0 ? setImmediate(this.#turn) : undefined;
  }

  #step(waiting: Waiting, shouldYield: () => boolean): void {
    try {
      if (waiting.task.step(shouldYield)) waiting.resolve(true);
      else this.#waiting.push(waiting);
    } catch (error) {
      waiting.reject(error);
    }
  }
}
