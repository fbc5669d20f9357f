import { asError } from './thrown.ts';

/** An error that was thrown in a callback of this library. */
export interface Fault {
  /** Where it was thrown, as the log names it: `the sample timer`. */
  readonly kind: string;
  readonly error: Error;
  /** Whether it is the first of its kind for this listener. */
  readonly isFirst: boolean;
}

interface Listener {
  readonly run: (fault: Fault) => void;
  readonly seenKinds: Set<string>;
}

const counts = new Map<string, number>();
const listeners: Listener[] = [];

/**
 * Handles an error that was thrown in a callback of this library: a timer, an event, a channel, a message, a promise
 * that is not awaited, an exit or signal handler, a wrapped method of Node. The error is counted and reported to the
 * last listener, and the application goes on. Never throws.
 *
 * Code that runs per request has its own `try` and calls this function in `catch`. All other callbacks are wrapped by
 * {@link guarded}. A test searches the sources for callbacks that do neither.
 *
 * @param kind a constant text that names the callback
 */
export function caught(kind: string, thrown: unknown): void {
  try {
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
    const listener = listeners.at(-1);
    if (listener === undefined) return;
    const isFirst = !listener.seenKinds.has(kind);
    listener.seenKinds.add(kind);
    listener.run({ kind, error: asError(thrown), isFirst });
  } catch {
    // The listener has failed, or the stack is exhausted. It cannot be reported.
  }
}

/** Wraps a function as a callback that never throws. If it returns a promise, its rejection is handled as well. */
export function guarded<Args extends unknown[]>(
  kind: string,
  run: (...args: Args) => unknown,
): (...args: Args) => void {
  return (...args) => {
    attempt(kind, () => run(...args));
  };
}

/** Runs a function and returns its result. If it throws, the error is handled by {@link caught}, and the result is undefined. */
export function attempt<T>(kind: string, run: () => T): T | undefined {
  try {
    const returned = run();
    if (returned instanceof Promise) unawaited(kind, returned);
    return returned;
  } catch (error) {
    caught(kind, error);
    return undefined;
  }
}

/** Handles the rejection of a promise that is not awaited, so that it does not end the process. */
export function unawaited(kind: string, promise: Promise<unknown>): void {
  promise.then(undefined, (error: unknown) => caught(kind, error));
}

/**
 * Adds a listener for faults of this thread. Each fault is reported to the listener that was added last. A recorder
 * logs and counts them; the threads of the delivery and of the view pass them on to the main thread.
 *
 * @returns a function that removes the listener
 */
export function onFault(run: (fault: Fault) => void): () => void {
  const listener: Listener = { run, seenKinds: new Set() };
  listeners.push(listener);
  return () => {
    const at = listeners.indexOf(listener);
    if (at !== -1) listeners.splice(at, 1);
  };
}

/** The number of faults of each kind in this thread. */
export function faults(): ReadonlyMap<string, number> {
  return counts;
}
