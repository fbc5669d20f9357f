import { median } from './quantile.ts';

/** An estimate of a ratio, and the interval that covers the true ratio with the probability `coverage`. */
export interface Estimate {
  readonly estimate: number;
  readonly low: number;
  readonly high: number;
  /** From 0 to 1. */
  readonly coverage: number;
}

/** The least coverage of an interval. */
export const CONFIDENCE = 0.95;

/** The fewest values with which an interval of two of them covers the median that often: 1 - 2 / 2^6 = 0.969. */
export const MIN_VALUES = 6;

/**
 * The median of independent values, with an interval for the true median from order statistics: from the k-th smallest
 * value to the k-th largest. It inverts the sign test, and assumes nothing of how the values are distributed. Its
 * coverage is exact: 1 - 2 * P(Binomial(n, 1/2) < k), see Conover, Practical Nonparametric Statistics, 3.2.
 *
 * @throws {RangeError} with fewer than {@link MIN_VALUES} values
 */
export function medianInterval(values: readonly number[]): Estimate {
  const n = values.length;
  if (n < MIN_VALUES) throw new RangeError(`expected at least ${MIN_VALUES} values, got ${n}`);
  const sorted = [...values].sort((a, b) => a - b);
  let tail = 0;
  let k = 0;
  for (let below = 0; below < n / 2; below++) {
    const more = tail + binomial(n, below);
    if (1 - 2 * more < CONFIDENCE) break;
    tail = more;
    k = below + 1;
  }
  return { estimate: median(sorted), low: sorted[k - 1]!, high: sorted[n - k]!, coverage: 1 - 2 * tail };
}

/** The probability of `k` heads in `n` throws of a coin. */
function binomial(n: number, k: number): number {
  let probability = 0.5 ** n;
  for (let i = 1; i <= k; i++) probability *= (n - k + i) / i;
  return probability;
}

/** Whether an interval of ratios excludes that both are equal. */
export function excludesOne({ low, high }: Estimate): boolean {
  return low > 1 || high < 1;
}

/**
 * The smallest ratio above 1 that would have been shown: with an interval as wide as this one, on the scale of logarithms,
 * the end that is nearer to 1 would have excluded it.
 */
export function detectableRatio({ estimate, low, high }: Estimate): number {
  return Math.max(estimate / low, high / estimate);
}
