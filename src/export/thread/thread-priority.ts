import { readlinkSync } from 'node:fs';
import os from 'node:os';

/**
 * The difference of the nice value to that of the main thread. If both compete for a core, the application comes
 * first, but the scheduler gives this thread two fifths of the main thread's time under any load, and it needs less
 * than one fifth. With a difference of 10, it would get a tenth, and the priority could not be raised again without a
 * privilege.
 */
const LOWER = 4;

/** The lowest priority. */
const LOWEST = os.constants.priority.PRIORITY_LOW;

/**
 * Lowers the priority of this thread below that of the application. On Linux, each thread has its own priority
 * (sched(7)). Elsewhere it would apply to the whole process, so nothing is done.
 */
export function lowerThreadPriority(): void {
  if (process.platform !== 'linux') return;
  try {
    const thread = Number(readlinkSync('/proc/thread-self').split('/').at(-1));
    os.setPriority(thread, Math.min(LOWEST, os.getPriority(thread) + LOWER));
  } catch {
    // /proc is missing, or it is not allowed. The delivery works without.
  }
}
