import { readlinkSync } from 'node:fs';
import os from 'node:os';

/**
 * Nice values below the application's own thread. Where both want the same core, the application goes first; but however
 * much else runs there, the scheduler gives this thread two fifths of what it gives the application's, and it needs less
 * than one fifth of that. At 10 lower it would be a tenth, and it could not be raised again when it falls behind: that
 * takes a privilege.
 */
const LOWER = 4;

/** The lowest priority there is. */
const LOWEST = os.constants.priority.PRIORITY_LOW;

/**
 * Lets the application go first. On Linux each thread has a priority of its own (sched(7)); elsewhere it would be the
 * whole process, so nothing is done.
 */
export function lowerThreadPriority(): void {
  if (process.platform !== 'linux') return;
  try {
    const thread = Number(readlinkSync('/proc/thread-self').split('/').at(-1));
    os.setPriority(thread, Math.min(LOWEST, os.getPriority(thread) + LOWER));
  } catch {
    // No /proc, or not allowed: it works as well without.
  }
}
