import { LineScanner } from './split-lines.ts';

const HOUR_NS = 3_600_000_000_000n;

/**
 * Whether the timestamps of all lines lie in the same hour since 1970. Shards of InfluxDB span whole hours, so these
 * lines go to one shard. Lines without a timestamp get the current time from the server, and count as `now`.
 *
 * @param unit ns of the unit of the timestamps
 * @param now ns since 1970
 */
export function isInOneHour(text: Uint8Array, unit: bigint, now: bigint): boolean {
  const lines = new LineScanner(text);
  let hour: bigint | undefined;
  for (let start = 0, count = 0; start < text.length; start = lines.at) {
    lines.step(1);
    if (lines.count === count) continue; // a blank line or a comment
    count = lines.count;
    const timestamp = timestampOf(text, start, lines.at);
    const own = (timestamp === undefined ? now : timestamp * unit) / HOUR_NS;
    hour ??= own;
    if (own !== hour) return false;
  }
  return true;
}

/** The whole number after the last space of a line. */
function timestampOf(text: Uint8Array, start: number, end: number): bigint | undefined {
  const line = Buffer.from(text.buffer, text.byteOffset + start, end - start)
    .toString('latin1')
    .trimEnd();
  const last = line.slice(line.lastIndexOf(' ') + 1);
  return /^-?\d{1,19}$/.test(last) ? BigInt(last) : undefined;
}
