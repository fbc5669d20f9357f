import { MINUS, NEWLINE, NINE, RETURN, SPACE, ZERO } from './characters.ts';
import { decode, type Line } from './line.ts';
import { MAX_TIME_NS, Problem } from './problems.ts';
import { POWERS_OF_TEN } from './values.ts';

/**
 * Parses the rest of a line behind its fields: the timestamp, if it has one.
 *
 * @param length where the line ends at the latest
 * @param unit ns of the timestamp's unit
 * @param now the timestamp of a line without one, ns since 1970
 * @returns where the line ends, or the negative number of a problem
 */
export function parseTimestamp(line: Line, at: number, length: number, unit: bigint, now: bigint): number {
  const { bytes } = line;
  let i = at;
  while (i < length && bytes[i] === SPACE) i++;
  if (i >= length || bytes[i] === NEWLINE || bytes[i] === RETURN) {
    setTime(line, now);
    return endsLine(bytes, i) ? i : -Problem.badTimestamp;
  }
  const start = i;
  const negative = bytes[i] === MINUS;
  if (negative) i++;
  let head = 0;
  let rest = 0;
  let digits = 0;
  const firstDigit = i;
  for (; i < length; i++) {
    const c = bytes[i]!;
    if (c < ZERO || c > NINE) break;
    if (digits < 15) head = head * 10 + (c - ZERO);
    else if (digits < 19) rest = rest * 10 + (c - ZERO);
    if (digits > 0 || c !== ZERO) digits++;
  }
  if (i === firstDigit) return -Problem.badTimestamp;
  const digitsEnd = i;
  while (i < length && bytes[i] === SPACE) i++;
  if (!endsLine(bytes, i)) return -Problem.badTimestamp;
  if (digits > 19) return -Problem.timeRange;
  if (unit === 1n && !negative && digits < 19) {
    const extra = Math.max(0, digits - 15);
    const divisor = POWERS_OF_TEN[9 - extra]!;
    line.seconds = Math.floor(head / divisor);
    line.nanoseconds = (head - line.seconds * divisor) * POWERS_OF_TEN[extra]! + rest;
    return i;
  }
  if (unit === 1n && !negative && head < 922_337_203_685_477) {
    line.seconds = Math.floor(head / 1e5);
    line.nanoseconds = (head - line.seconds * 1e5) * 1e4 + rest;
    return i;
  }
  const time = BigInt(decode(bytes.subarray(start, digitsEnd))) * unit;
  if (time > MAX_TIME_NS || time < -MAX_TIME_NS) return -Problem.timeRange;
  setTime(line, time);
  return i;
}

function setTime(line: Line, ns: bigint): void {
  const rest = ns % 1_000_000_000n;
  const seconds = (ns - rest) / 1_000_000_000n;
  line.seconds = Number(rest < 0n ? seconds - 1n : seconds);
  line.nanoseconds = Number(rest < 0n ? rest + 1_000_000_000n : rest);
}

function endsLine(bytes: Uint8Array, at: number): boolean {
  if (at >= bytes.length || bytes[at] === NEWLINE) return true;
  return bytes[at] === RETURN && (at + 1 >= bytes.length || bytes[at + 1] === NEWLINE);
}
