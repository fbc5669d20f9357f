import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Waits for a given time, for faults with a duration: a slow database, a frozen process, an outage. To wait for a
 * result, use an event or `until`.
 */
export const lasting = (ms: number): Promise<void> => sleep(ms);

/** Timeout of one step on a busy machine. */
const LIMIT_MS = 60_000;
const POLL_MS = 10;

/** Waits with a timeout. The error names the missing result. */
export async function within<T>(
  promise: Promise<T>,
  what: string | (() => string),
  ms = LIMIT_MS,
): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    const fail = () => reject(new Error(`${typeof what === 'string' ? what : what()}: not within ${ms} ms`));
    timer = setTimeout(fail, ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Polls a condition that has no event: counters of a thread, results of another process, points in a database. This
 * is the only place where tests wait by time; prefer events.
 */
export async function until(
  holds: () => boolean | Promise<boolean>,
  what: string,
  ms = LIMIT_MS,
): Promise<void> {
  const deadline = performance.now() + ms;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`${what}: not within ${ms} ms`);
    await sleep(POLL_MS);
  }
}
