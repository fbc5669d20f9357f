import { differences, type Warning } from './fingerprint/differences.ts';
import { type Fingerprint, fingerprintOf } from './fingerprint/fingerprint.ts';
import type { Metric, Plan } from './plan/plan.ts';
import type { Pair, Verdict } from './result.ts';
import type { Measured } from './rounds/measured.ts';
import {
  detectableRatio,
  type Estimate,
  excludesOne,
  MIN_VALUES,
  medianInterval,
} from './statistics/interval.ts';

/** The rounds of one valid pair. */
export interface ValidPair {
  readonly round: number;
  readonly a: Measured;
  readonly b: Measured;
  readonly aAgain: Measured;
}

export interface Judgement {
  readonly verdict: Verdict;
  readonly ratio: Estimate | null;
  readonly aa: Estimate | null;
  readonly detectable: number | null;
  readonly pairs: readonly Pair[];
  readonly warnings: readonly Warning[];
  readonly fingerprint: { readonly a: Fingerprint | null; readonly b: Fingerprint | null };
}

/**
 * Judges by the pairs: each gives one ratio, and the ratios are what is independent, not the requests within a round.
 *
 * @param all rounds of each side that ran, for the fingerprint where no pair is valid
 */
export function judge(
  plan: Plan,
  valid: readonly ValidPair[],
  all: Readonly<Record<'a' | 'b', readonly Measured[]>>,
): Judgement {
  const pairs = valid.map(({ round, a, b, aAgain }) => ({
    round,
    a: figureOf(a, plan.metric),
    b: figureOf(b, plan.metric),
    aAgain: figureOf(aAgain, plan.metric),
  }));
  const isEnough = pairs.length >= MIN_VALUES;
  const ratio = isEnough ? medianInterval(pairs.map(({ a, b }) => b / a)) : null;
  const aa = isEnough ? medianInterval(pairs.map(({ a, aAgain }) => aAgain / a)) : null;
  const a = fingerprintOf(valid.length > 0 ? valid.flatMap((pair) => [pair.a, pair.aAgain]) : all.a) ?? null;
  const b = fingerprintOf(valid.length > 0 ? valid.map((pair) => pair.b) : all.b) ?? null;
  const names = plan.load.mix.map(({ method, path }) => `${method} ${path}`);
  const warnings = a === null || b === null ? [] : differences(a, b, names, plan.differs);
  return {
    verdict: verdictOf(ratio, aa, warnings),
    ratio,
    aa,
    detectable: ratio && detectableRatio(ratio),
    pairs,
    warnings,
    fingerprint: { a, b },
  };
}

function verdictOf(ratio: Estimate | null, aa: Estimate | null, warnings: readonly Warning[]): Verdict {
  if (ratio === null || aa === null) return 'not enough rounds';
  if (warnings.some(({ isBogus }) => isBogus)) return 'not like for like';
  if (excludesOne(aa)) return 'withheld';
  return excludesOne(ratio) ? 'difference' : 'no difference shown';
}

/** The figure of a round that is judged. @throws {Error} if this system does not tell it */
export function figureOf({ client, cpu }: Measured, metric: Metric): number {
  if (metric === 'throughput') return client.throughput;
  if (metric !== 'cpu') return client.times[metric];
  if (cpu === undefined) throw new Error(`the CPU time of a side cannot be read on ${process.platform}`);
  return cpu / client.answered;
}
