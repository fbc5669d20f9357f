import { syncBuiltinESMExports } from 'node:module';
import { performance } from 'node:perf_hooks';
import timers from 'node:timers';
import { MessagePort } from 'node:worker_threads';

/** How long the main thread was busy with flushes. */
export interface FlushTime {
  /** The longest uninterrupted piece, ms. */
  readonly longest: number;
  /** All pieces, ms. */
  readonly total: number;
}

/**
 * Puts a stopwatch on all that a flush does on the main thread: intervals, and messages to and from the worker. Has to
 * be called before the library is loaded. Returns a function that tells the time since its last call.
 */
export function watchFlushes(): () => FlushTime {
  let longest = 0;
  let total = 0;
  let running = false;
  const watched =
    <This, Args extends unknown[], Result>(call: (this: This, ...args: Args) => Result) =>
    (self: This, ...args: Args): Result => {
      if (running) return call.apply(self, args);
      running = true;
      const start = performance.now();
      try {
        return call.apply(self, args);
      } finally {
        const took = performance.now() - start;
        running = false;
        total += took;
        if (took > longest) longest = took;
      }
    };

  const { setInterval } = timers;
  timers.setInterval = ((callback: () => void, ms?: number) => {
    const run = watched(callback);
    return setInterval(() => run(undefined), ms);
  }) as typeof setInterval;
  syncBuiltinESMExports();

  const prototype = MessagePort.prototype;
  const { on } = prototype;
  const post = watched(prototype.postMessage as (...args: unknown[]) => void);
  prototype.postMessage = function postMessage(...args: unknown[]) {
    post(this, ...args);
  };
  prototype.on = function watchedOn(
    this: MessagePort,
    event: 'close',
    listener: (...args: unknown[]) => void,
  ) {
    const run = watched(listener);
    return on.call(this, event, (...args: unknown[]) => run(this, ...args));
  } as typeof on;

  return () => {
    const time = { longest, total };
    longest = 0;
    total = 0;
    return time;
  };
}
