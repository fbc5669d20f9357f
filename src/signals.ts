import os from 'node:os';
import { isMainThread } from 'node:worker_threads';
import { attempt } from './safety/guard.ts';

const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;

/**
 * Calls `last` when SIGTERM, SIGINT or SIGHUP arrives, then sends the signal again, so that the process ends with the
 * status its parent expects. If the application listens to the signal, nothing is done: the application decides when to
 * exit, and the `exit` event follows.
 *
 * @returns a function that removes the listeners
 */
export function beforeSignals(last: () => void): () => void {
  if (!isMainThread) return () => {}; // signals reach the main thread only
  const listeners = SIGNALS.map((name) => {
    const listener = () => {
      if (process.listenerCount(name) > 1) return;
      attempt('a signal handler', last);
      process.off(name, listener);
      // The kernel does not deliver signals without a handler to process 1 of a container.
      if (process.pid === 1) process.exit(128 + os.constants.signals[name]);
      process.kill(process.pid, name);
    };
    // Prepended, so that listeners added by `once()` are still counted when this one runs.
    process.prependListener(name, listener);
    return () => process.off(name, listener);
  });
  return () => {
    for (const off of listeners) off();
  };
}
