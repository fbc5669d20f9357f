/** A proxy's clock may be ahead of ours by this much, in ms; such a request waited 0 s. */
const SKEW_MS = 5;

/** More waiting than this, in ms, is a wrong clock or a wrong unit, not a queue. */
const LONGEST_MS = 300_000;

/**
 * The time a request waited between the proxy and this process, in seconds; NaN when the proxy did not say, or said
 * something that cannot be true.
 *
 * Reads `X-Request-Start`, else `X-Queue-Start`: `t=` and a number, or the number alone, in s, ms, us or ns,
 * told apart by magnitude as New Relic's agents do.
 *
 * @param header the header's value
 * @param startMs when the request started here, in ms since 1970
 */
export function queueTime(header: unknown, startMs: number): number {
  if (typeof header !== 'string' || header.length > 40) return Number.NaN;
  const match = /^\s*(?:t=)?(\d{9,20}(?:\.\d{1,9})?)\s*$/.exec(header);
  if (match === null) return Number.NaN;
  const value = Number(match[1]);
  const sentMs = value > 1e18 ? value / 1e6 : value > 1e15 ? value / 1e3 : value < 1e12 ? value * 1e3 : value;
  const waited = startMs - sentMs;
  if (waited < -SKEW_MS || waited > LONGEST_MS) return Number.NaN;
  return Math.max(0, waited) / 1e3;
}
