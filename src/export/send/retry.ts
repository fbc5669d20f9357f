/** The range of delays between attempts, in ms. */
export interface RetryDelays {
  readonly initialMs: number;
  readonly maxMs: number;
}

export const RETRY_DELAYS: RetryDelays = { initialMs: 500, maxMs: 30_000 };
const MAX_RETRY_AFTER_MS = 600_000;

/**
 * The delay before the next attempt, in ms: exponential with jitter, between half and all of 0.5 s, 1 s, 2 s ... 30
 * s, so that processes do not all retry at the same moment.
 *
 * @param failures failed attempts in a row, from 1
 * @param random from 0 to 1
 * @param askedMs the delay that the server asked for, at most ten minutes; applies if it is the longer one
 */
export function retryDelay(
  failures: number,
  random: number,
  askedMs = 0,
  { initialMs, maxMs }: RetryDelays = RETRY_DELAYS,
): number {
  const step = Math.min(maxMs, initialMs * 2 ** Math.min(failures - 1, 16));
  return Math.max(step * (0.5 + random / 2), Math.min(askedMs, MAX_RETRY_AFTER_MS));
}

/**
 * The value of a `Retry-After` header in ms: whole seconds or an HTTP date (RFC 9110, section 10.2.3); 0 if it is
 * absent, past or invalid.
 */
export function retryAfter(header: string | undefined, nowMs: number): number {
  if (header === undefined) return 0;
  const ms = /^\d+$/.test(header.trim()) ? Number(header) * 1000 : Date.parse(header) - nowMs;
  return Number.isNaN(ms) ? 0 : Math.max(0, ms);
}
