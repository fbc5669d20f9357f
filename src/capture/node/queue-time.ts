import type { IncomingHttpHeaders } from 'node:http';

/** The clock of a proxy may be ahead by this many ms. The queue time then counts as 0. */
const MAX_SKEW_MS = 5;

/** A longer queue time, in ms, is not plausible: the clock or the unit of the header is wrong. */
const MAX_WAIT_MS = 3_600_000;

/** The most characters of a header, enough for eight proxies in a row; a longer one is not read. */
const MAX_HEADER_LENGTH = 256;

/** One time of a header. Several proxies, or several headers of the same name, make a list separated by commas. */
const TIME = /^\s*(?:t=)?(\d{9,20}(?:\.\d{1,9})?)\s*$/;

/** There is a header, but none with a plausible time. */
export const WRONG = -1;

/**
 * The queue time of a request: the seconds from the earliest time that a proxy wrote into a header to `startMs`.
 *
 * Reads `X-Request-Start`, else `X-Queue-Start`: `t=` and a number, or the number alone, in s, ms, us or ns. The unit
 * is recognized by the magnitude, as in New Relic's agents. The earliest time of a list is that of the first proxy.
 *
 * @param startMs start of the request in this process, in ms since 1970
 * @returns NaN without such a header; {@link WRONG} if the headers hold no time between an hour before and 5 ms after
 * `startMs`
 */
export function queueTime(headers: IncomingHttpHeaders, startMs: number): number {
  const start = headers['x-request-start'];
  const queued = headers['x-queue-start'];
  if (start === undefined && queued === undefined) return Number.NaN;
  const waitedMs = longestWait(start, startMs) ?? longestWait(queued, startMs);
  return waitedMs === undefined ? WRONG : waitedMs / 1e3;
}

function longestWait(header: unknown, startMs: number): number | undefined {
  if (typeof header !== 'string' || header.length > MAX_HEADER_LENGTH) return undefined;
  let longest: number | undefined;
  for (const text of header.split(',')) {
    const sent = TIME.exec(text)?.[1];
    if (sent === undefined) continue;
    const waitedMs = startMs - milliseconds(Number(sent));
    if (waitedMs < -MAX_SKEW_MS || waitedMs > MAX_WAIT_MS) continue;
    longest = Math.max(longest ?? 0, waitedMs);
  }
  return longest;
}

function milliseconds(time: number): number {
  if (time > 1e18) return time / 1e6;
  if (time > 1e15) return time / 1e3;
  return time < 1e12 ? time * 1e3 : time;
}
