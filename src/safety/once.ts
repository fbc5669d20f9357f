import { getEnvironmentData, setEnvironmentData } from 'node:worker_threads';

/**
 * True for the first call with this text in the process, over all copies of this package. Threads that are started
 * later know of earlier calls. Threads that run already do not, so each of them may get true once more.
 */
export function isFirst(what: string): boolean {
  const key = `raw-requests: ${what}`;
  if (getEnvironmentData(key) === true) return false;
  setEnvironmentData(key, true);
  return true;
}
