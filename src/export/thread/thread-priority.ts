import { readlinkSync } from 'node:fs';
import os from 'node:os';

/** Nice value: below the application, above what runs only on an idle machine. */
const LOWER = 10;

/**
 * Lets the application go first where both want the same core. On Linux each thread has a priority of its own
 * (sched(7)); elsewhere it would be the whole process, so nothing is done.
 */
export function lowerThreadPriority(): void {
  if (process.platform !== 'linux') return;
  try {
    const thread = Number(readlinkSync('/proc/thread-self').split('/').at(-1));
    os.setPriority(thread, LOWER);
  } catch {
    // No /proc, or not allowed: it works as well without.
  }
}
