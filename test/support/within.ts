import { setTimeout as sleep } from 'node:timers/promises';

/**
 * For what takes time in itself: a database that is slow, a process that is frozen, an outage. Never for what is to come:
 * for that there are events, or `until`.
 */
export const lasting = (ms: number): Promise<void> => sleep(ms);

/** How long one thing may take on a machine that has other work to do. */
const LIMIT_MS = 60_000;
const POLL_MS = 10;

/** Nothing is waited for without an end: the sentence, made then, says what did not come. */
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
 * Asks again and again, for what no event tells: counters of a thread, what another process has done, what a database
 * finds. The one place where tests wait for time; where there is an event, await that.
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
