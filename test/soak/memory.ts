/** Memory over time, in MiB: one value for each second. */
export interface Trend {
  readonly start: number;
  readonly warm: number;
  readonly middle: number;
  readonly end: number;
  /** MiB per hour once it is warm, and the standard error of that; undefined when there was too little time. */
  readonly slope: { readonly perHour: number; readonly error: number } | undefined;
}

const WARM_S = 300;
/** Seconds of which one median is taken: what is between two garbage collections is noise. */
const PIECE_S = 30;
const LEAST_PIECES = 4;

/** Until then memory still grows to what it needs: five minutes, or the first third of a shorter time. */
export function warmAfter(seconds: number): number {
  return Math.min(WARM_S, Math.floor(seconds / 3));
}

export function trendOf(perSecond: readonly number[]): Trend {
  const around = (second: number) => median(perSecond.slice(Math.max(0, second - PIECE_S), second + 1));
  const warm = warmAfter(perSecond.length);
  const pieces: number[] = [];
  for (let at = warm; at + PIECE_S <= perSecond.length; at += PIECE_S)
    pieces.push(median(perSecond.slice(at, at + PIECE_S)));
  return {
    start: perSecond[0] ?? Number.NaN,
    warm: around(warm),
    middle: around(Math.floor(perSecond.length / 2)),
    end: around(perSecond.length - 1),
    slope: pieces.length < LEAST_PIECES ? undefined : slopeOf(pieces),
  };
}

/** Least squares. */
function slopeOf(values: readonly number[]): { perHour: number; error: number } {
  const meanAt = (values.length - 1) / 2;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  let spread = 0;
  let shared = 0;
  for (const [at, value] of values.entries()) {
    spread += (at - meanAt) ** 2;
    shared += (at - meanAt) * (value - mean);
  }
  const slope = shared / spread;
  const rest = values.reduce((sum, value, at) => sum + (value - mean - slope * (at - meanAt)) ** 2, 0);
  const perHour = 3600 / PIECE_S;
  return { perHour: slope * perHour, error: Math.sqrt(rest / (values.length - 2) / spread) * perHour };
}

function median(values: readonly number[]): number {
  return [...values].sort((one, other) => one - other)[Math.floor(values.length / 2)] ?? Number.NaN;
}
