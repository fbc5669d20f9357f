import type { IncomingHttpHeaders } from 'node:http';

/** The headers that are read, in this order: the first that holds a time counts. */
const HEADERS = ['x-request-start', 'x-queue-start'] as const;

/** A proxy's clock may be ahead of ours by this much, in ms; such a request waited 0 s. */
const SKEW_MS = 5;

/** More waiting than this, in ms, is a wrong clock or a wrong unit, not a queue. */
const LONGEST_MS = 3_600_000;

/** Of a header, no more is read, in characters: eight proxies in a row. */
const LONGEST_HEADER = 256;

/** One or several of them, as several proxies or headers of the same name leave them, separated by commas. */
const TIME = /^\s*(?:t=)?(\d{9,20}(?:\.\d{1,9})?)\s*$/;

/** There was a header, but none that holds a time that can be true. */
export const WRONG = -1;

/**
 * The time a request waited in front of this process, in seconds: from the earliest time that a proxy noted to `startMs`.
 *
 * Reads `X-Request-Start`, else `X-Queue-Start`: `t=` and a number, or the number alone, in s, ms, us or ns,
 * told apart by magnitude as New Relic's agents do. Of a list, the earliest time counts: the proxy that was first.
 *
 * @param startMs when the request started here, in ms since 1970
 * @returns NaN when no proxy said anything; {@link WRONG} when what they said is no time, lies more than 5 ms ahead or
 * more than an hour back
 */
export function queueTime(headers: IncomingHttpHeaders, startMs: number): number {
  let result = Number.NaN;
  for (const name of HEADERS) {
    const header = headers[name];
    if (header === undefined) continue;
    const waitedMs = longestWait(header, startMs);
    if (waitedMs !== undefined) return waitedMs / 1e3;
    result = WRONG;
  }
  return result;
}

function longestWait(header: unknown, startMs: number): number | undefined {
  if (typeof header !== 'string' || header.length > LONGEST_HEADER) return undefined;
  let longest: number | undefined;
  for (const text of header.split(',')) {
    const sent = TIME.exec(text)?.[1];
    if (sent === undefined) continue;
    const waitedMs = startMs - milliseconds(Number(sent));
    if (waitedMs < -SKEW_MS || waitedMs > LONGEST_MS) continue;
    longest = Math.max(longest ?? 0, waitedMs);
  }
  return longest;
}

function milliseconds(time: number): number {
  if (time > 1e18) return time / 1e6;
  if (time > 1e15) return time / 1e3;
  return time < 1e12 ? time * 1e3 : time;
}
