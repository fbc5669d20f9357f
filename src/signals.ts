import os from 'node:os';
import { isMainThread } from 'node:worker_threads';
import { attempt, guarded } from './safety/guard.ts';

const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;

/**
 * Calls `last` before one of these signals ends the process, and lets it end the process then: its parent sees the same
 * signal as without. Where the application has a listener of its own, the signal is the application's business, and the
 * `exit` event follows.
 *
 * @returns a function that stops that
 */
export function beforeSignals(last: () => void): () => void {
  if (!isMainThread) return () => {}; // signals reach the main thread only
  const listeners = SIGNALS.map((name) => {
    const listener = guarded('a signal handler', () => {
      if (process.listenerCount(name) > 1) return;
      attempt('a signal handler', last);
      process.off(name, listener);
      // The kernel keeps signals without a handler from the first process of a container.
      if (process.pid === 1) process.exit(128 + os.constants.signals[name]);
      process.kill(process.pid, name);
    });
    // First, so that a listener that is called once is still there to be counted.
    process.prependListener(name, listener);
    return () => process.off(name, listener);
  });
  return () => {
    for (const off of listeners) off();
  };
}
