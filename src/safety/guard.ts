import { asError } from './thrown.ts';

/** Something that was thrown in code of ours that Node had called. */
export interface Fault {
  /** Where: `the sample timer`, as a log names it. */
  readonly kind: string;
  readonly error: Error;
  /** Whoever is told has not been told of this kind before. */
  readonly isFirst: boolean;
}

interface Listener {
  readonly tell: (fault: Fault) => void;
  readonly told: Set<string>;
}

const counts = new Map<string, number>();
const listeners: Listener[] = [];

/**
 * The one way for what is thrown where Node calls into this library: in a timer, an event, a channel, a message, a
 * promise that nobody awaits, an exit or signal handler, a function of the user's, a wrapped method of Node's. It is
 * counted and told, and the application goes on. Never throws.
 *
 * Code that runs per request has a `try` of its own around its part and calls this; all else is wrapped by
 * {@link guarded}. A test reads the sources for entries that do neither.
 *
 * @param kind a fixed text that names the entry
 */
export function caught(kind: string, thrown: unknown): void {
  try {
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
    const listener = listeners.at(-1);
    if (listener === undefined) return;
    const isFirst = !listener.told.has(kind);
    listener.told.add(kind);
    listener.tell({ kind, error: asError(thrown), isFirst });
  } catch {
    // Who is told has failed, or there is no stack left: nobody can be told of it.
  }
}

/** A function for Node to call, that never throws. What it returns, if that is a promise, need not be awaited. */
export function guarded<Args extends unknown[]>(
  kind: string,
  run: (...args: Args) => unknown,
): (...args: Args) => void {
  return (...args) => {
    attempt(kind, () => run(...args));
  };
}

/** What something gives whose failure concerns nobody but us: then undefined. */
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

/** Lets a promise go, without its rejection ending the process. */
export function unawaited(kind: string, promise: Promise<unknown>): void {
  promise.then(undefined, (error: unknown) => caught(kind, error));
}

/**
 * Has all further faults of this thread told, each to who asked last, until the function that is returned is called.
 * A recorder asks for its log and ledger; the delivery thread and that of the view, to pass them on.
 */
export function onFault(tell: (fault: Fault) => void): () => void {
  const listener: Listener = { tell, told: new Set() };
  listeners.push(listener);
  return () => {
    const at = listeners.indexOf(listener);
    if (at !== -1) listeners.splice(at, 1);
  };
}

/** How many faults of each kind this thread has had. */
export function faults(): ReadonlyMap<string, number> {
  return counts;
}
