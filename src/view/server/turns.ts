import { guarded } from '../../safety/guard.ts';

/** Of a turn of the event loop, the part that work may take, ms: the rest is for whoever asks meanwhile. */
const TURN_MS = 10;
/** Of that, the part of one piece of work before the next one goes on. */
const SLICE_MS = 5;

/** Something to do in steps. */
export interface Work {
  /** Goes on until `isOver` says that it is enough for now; returns whether it is done. */
  step(isOver: () => boolean): boolean;
}

interface Waiting {
  readonly work: Work;
  readonly resolve: (isDone: boolean) => void;
  readonly reject: (error: unknown) => void;
}

/** Does several pieces of work in turns, and leaves time between them for everything else. */
export class Turns {
  readonly #waiting: Waiting[] = [];
  readonly #turn: () => void = guarded('reading bodies', () => this.#takeTurn());
  #next: NodeJS.Immediate | undefined;
  #isClosed = false;

  /** Resolves with true once the work is done, with false if it was given up: see {@link close}. */
  do(work: Work): Promise<boolean> {
    if (this.#isClosed) return Promise.resolve(false);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ work, resolve, reject });
      this.#next ??= setImmediate(this.#turn);
    });
  }

  /** Gives up what is not done. */
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

  #step(waiting: Waiting, isOver: () => boolean): void {
    try {
      if (waiting.work.step(isOver)) waiting.resolve(true);
      else this.#waiting.push(waiting);
    } catch (error) {
      waiting.reject(error);
    }
  }
}
