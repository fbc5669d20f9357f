import { CliError } from '../cli-error.ts';

/** A part of time, ms since 1970; `to` is not included. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

export interface RangeOptions {
  from?: string;
  to?: string;
  last?: string;
}

const UNITS: Readonly<Record<string, number>> = { s: 1e3, m: 60e3, h: 3600e3, d: 86_400e3 };
const DEFAULT_LAST = '1h';
/** Requests of the last moments are on the way to the database. */
const MARGIN_MS = 10_000;

/** @throws {CliError} if a value is not a time or a duration, or if the range is empty */
export function rangeOf({ from, to, last }: RangeOptions, now: number = Date.now()): Range {
  if (from !== undefined && last !== undefined)
    throw new CliError('Expected only one of --from and --last, got both');
  const end = to === undefined ? now - MARGIN_MS : timeOf('--to', to);
  const start = from === undefined ? end - durationOf(last ?? DEFAULT_LAST) : timeOf('--from', from);
  if (start < end) return { from: start, to: end };
  throw new CliError(
    `Expected the range to begin before it ends, got ${new Date(start).toISOString()} to ${new Date(end).toISOString()}`,
  );
}

function timeOf(option: string, text: string): number {
  const time = Date.parse(text);
  if (!Number.isNaN(time)) return time;
  throw new CliError(`Expected ${option} to be a time such as 2026-11-30T12:00:00Z, got ${text}`);
}

function durationOf(text: string): number {
  const [, value, unit = ''] = /^(\d+(?:\.\d+)?)([smhd])$/.exec(text) ?? [];
  const ms = Number(value) * (UNITS[unit] ?? Number.NaN);
  if (ms > 0) return ms;
  throw new CliError(`Expected --last to be a duration such as 90s, 15m, 6h or 7d, got ${text}`);
}
