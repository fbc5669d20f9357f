import { isMoreBetter, type Metric } from '../plan/plan.ts';
import type { Comparison, Verdict } from '../result.ts';
import type { Estimate } from '../statistics/interval.ts';

const METRIC_NAMES: Readonly<Record<Metric, string>> = {
  p50: 'the median response time',
  p90: 'the p90 of the response time',
  p95: 'the p95 of the response time',
  p99: 'the p99 of the response time',
  'p99.9': 'the p99.9 of the response time',
  max: 'the longest response time',
  mean: 'the mean response time',
  throughput: 'the throughput',
  cpu: 'the CPU time of a request',
};

export function metricName(metric: Metric): string {
  return METRIC_NAMES[metric];
}

export const HEADINGS: Readonly<Record<Verdict, string>> = {
  difference: 'A DIFFERENCE',
  'no difference shown': 'NO DIFFERENCE SHOWN',
  withheld: 'NO VERDICT',
  'not like for like': 'NOT LIKE FOR LIKE',
  'not enough rounds': 'NOT ENOUGH ROUNDS',
};

/** The verdict in one or two sentences. */
export function verdictText(comparison: Comparison): string {
  const { verdict, metric, ratio, aa, detectable, rounds, sides } = comparison;
  const what = metricName(metric);
  const [a, b] = [sides.a?.name ?? 'A', sides.b?.name ?? 'B'];
  switch (verdict) {
    case 'difference':
      return `${b} is ${isBetter(ratio!.estimate, metric) ? 'better' : 'worse'}: ${what} is ${factor(ratio!)} that of ${a}.`;
    case 'no difference shown':
      return `Of ${what}, no difference is shown: ${factor(ratio!)}. One above ${percentAbove(detectable!)} would have been.`;
    case 'withheld':
      return `${a} differs from itself: ${what} of the same command is ${factor(aa!)} in these rounds. Whatever differs there, it is not the servers. Run it again when the machine is quieter, or with longer rounds.`;
    case 'not like for like': {
      const measured = `Measured all the same: ${what} of ${b} is ${factor(ratio!)} that of ${a}.`;
      return `What differs is more than the servers. Make them alike, or declare the difference as what you compare. ${measured}`;
    }
    case 'not enough rounds':
      return `Only ${rounds.valid} of ${rounds.planned} pairs of rounds count, and 6 are needed.`;
  }
}

function isBetter(ratio: number, metric: Metric): boolean {
  return ratio > 1 === isMoreBetter(metric);
}

/** `1.23 times (1.10 to 1.31)` */
export function factor({ estimate, low, high }: Estimate): string {
  return `${estimate.toFixed(2)} times (${low.toFixed(2)} to ${high.toFixed(2)})`;
}

/** 1.08 -> `8 %` */
export function percentAbove(ratio: number): string {
  const percent = 100 * (ratio - 1);
  return `${percent < 10 ? percent.toFixed(1) : Math.round(percent)} %`;
}

/** Seconds in a unit that suits. */
export function duration(seconds: number | undefined): string {
  if (seconds === undefined || Number.isNaN(seconds)) return '-';
  if (seconds < 0.001) return `${(seconds * 1e6).toFixed(0)} us`;
  if (seconds < 1) return `${(seconds * 1e3).toFixed(seconds < 0.01 ? 2 : 1)} ms`;
  return `${seconds.toFixed(2)} s`;
}
