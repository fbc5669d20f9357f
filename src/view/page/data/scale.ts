import { LEVELS_PER_DECADE, levelOf } from './rows.ts';

/** A time span: `from` (inclusive) to `to` (exclusive), ms after the base. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** Pixel columns over time. Column n always begins at n * msPerColumn, so counts remain valid when the view moves. */
export interface Columns {
  readonly first: number;
  readonly width: number;
  readonly msPerColumn: number;
}

/** The whole columns of a span. They end at its end or up to a column before it: what comes later is not in a paused view. */
export function columnsOf({ from, to }: Span, width: number): Columns {
  const msPerColumn = (to - from) / width;
  return { first: Math.floor(from / msPerColumn), width, msPerColumn };
}

/** The scale of response times over the height of a plot, s. */
export interface ValueScale {
  readonly kind: 'log' | 'linear';
  readonly low: number;
  readonly high: number;
}

/** 0 is the top, 1 is the bottom. */
export function positionOf({ kind, low, high }: ValueScale, seconds: number): number {
  if (kind === 'linear') return (high - seconds) / (high - low);
  return (levelOf(high) - levelOf(seconds)) / (levelOf(high) - levelOf(low));
}

export function valueAt({ kind, low, high }: ValueScale, position: number): number {
  if (kind === 'linear') return high - position * (high - low);
  const level = levelOf(high) - position * (levelOf(high) - levelOf(low));
  return 10 ** (level / LEVELS_PER_DECADE - 9);
}

/** A scale with round ends that contains all values from `min` to `max`. */
export function scaleAround(kind: ValueScale['kind'], min: number, max: number): ValueScale {
  const high = max > 0 ? ceilNice(max * (kind === 'log' ? 1.15 : 1.04)) : 0.01;
  if (kind === 'linear') return { kind, low: 0, high };
  const low = Math.max(1e-9, Math.min(floorNice(min > 0 ? min / 1.15 : 1e-6), high / 10));
  return { kind, low, high };
}

/** Values that differ by more than this factor need a logarithmic axis, on which the small ones can be read. */
const LINEAR_REACH = 100;

/** The axis of the lines: logarithmic beyond two decades, if the user has not chosen a linear one. */
export function lineScale(kind: ValueScale['kind'], min: number, max: number): ValueScale {
  if (!(max > 0)) return { kind: 'linear', low: 0, high: 1 };
  if (kind === 'log' && min > 0 && max / min > LINEAR_REACH) return scaleAround('log', min, max);
  return { kind: 'linear', low: 0, high: ceilNice(max * 1.02) };
}

/** The smallest of 1, 2, 5, 10, 20 ... that is not below `value`. */
export function ceilNice(value: number): number {
  const decade = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10]
    .map((step) => Number((step * decade).toPrecision(1)))
    .find((nice) => nice >= value * (1 - 1e-9))!;
}

function floorNice(value: number): number {
  const decade = 10 ** Math.floor(Math.log10(value));
  return (
    [5, 2, 1]
      .map((step) => Number((step * decade).toPrecision(1)))
      .find((nice) => nice <= value * (1 + 1e-9)) ?? decade
  );
}

export interface Tick {
  readonly value: number;
  /** Whether it has a label. */
  readonly major: boolean;
}

/** The ticks of a scale, in ascending order. */
export function valueTicks({ kind, low, high }: ValueScale, height: number): Tick[] {
  if (kind === 'linear' || high / low < 5) {
    const step = ceilNice((high - low) / Math.max(2, height / 44));
    const first = Math.ceil(low / step - 1e-6);
    const ticks: Tick[] = [];
    for (let n = first; n * step <= high * (1 + 1e-9); n++) ticks.push({ value: n * step, major: true });
    return ticks;
  }
  const decades = Math.log10(high / low);
  const perDecade = height / decades;
  const ticks: Tick[] = [];
  for (let exponent = Math.floor(Math.log10(low)); exponent <= Math.log10(high); exponent++) {
    for (let digit = 1; digit < 10; digit++) {
      const value = digit * 10 ** exponent;
      if (value < low * 0.999 || value > high * 1.001) continue;
      if (digit !== 1 && perDecade < 60) continue;
      ticks.push({ value, major: digit === 1 || ((digit === 2 || digit === 5) && perDecade > 110) });
    }
  }
  return ticks;
}

const TIME_STEPS = [
  ...[
    1e-6, 2e-6, 5e-6, 1e-5, 2e-5, 5e-5, 1e-4, 2e-4, 5e-4, 1e-3, 2e-3, 5e-3, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5,
  ],
  ...[1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 10e3, 15e3, 30e3, 60e3, 120e3, 300e3, 600e3, 900e3],
  ...[1800e3, 3600e3, 7200e3, 10800e3, 21600e3, 43200e3, 86400e3],
];

/** The ticks of a time span, and the number of digits of a second that distinguish them. */
export function timeTicks(
  { from, to }: Span,
  width: number,
  baseMs: number,
): { times: number[]; digits: number } {
  const maxTicks = Math.max(2, width / 110);
  const fits = TIME_STEPS.find((step) => (to - from) / step <= maxTicks);
  const step = fits ?? Math.ceil((to - from) / maxTicks / 86400e3) * 86400e3;
  // Rounded in local time.
  const offset = baseMs - new Date(baseMs).getTimezoneOffset() * 60_000;
  const shift = step >= 1 ? offset % step : 0;
  const times: number[] = [];
  for (let n = Math.ceil((from + shift) / step); n * step - shift < to; n++) times.push(n * step - shift);
  return { times, digits: Math.max(0, Math.min(6, Math.ceil(-Math.log10(step / 1000) - 1e-9))) };
}

/**
 * The length of a bucket for the lines over a span, ms: at most 160 buckets, and at least a second each for longer
 * spans.
 */
export function bucketOf({ from, to }: Span): number {
  const least = to - from >= 20_000 ? 1000 : 1;
  const step = TIME_STEPS.find((one) => one >= least && (to - from) / one <= 160);
  return step ?? Math.ceil((to - from) / 160 / 86400e3) * 86400e3;
}
