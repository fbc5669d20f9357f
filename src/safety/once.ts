import { getEnvironmentData, setEnvironmentData } from 'node:worker_threads';

/**
 * True for who asks first in this process, be it another copy of this package. Threads that are started later know of
 * it; those that run already do not, so that one of them may ask first once more.
 */
export function isFirst(what: string): boolean {
  const key = `raw-requests: ${what}`;
  if (getEnvironmentData(key) === true) return false;
  setEnvironmentData(key, true);
  return true;
}
