import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';

/** How long one thing may take on a machine that has other work to do. */
const LIMIT_MS = 60_000;

/** Nothing is waited for without an end: the sentence says what did not come. */
export async function within<T>(promise: Promise<T>, what: string, ms = LIMIT_MS): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`${what}: not within ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

export async function until(holds: () => boolean, what: string, ms = LIMIT_MS): Promise<void> {
  const deadline = Date.now() + ms;
  while (!holds()) {
    assert.ok(Date.now() < deadline, `${what}: not within ${ms} ms`);
    await sleep(20);
  }
}
