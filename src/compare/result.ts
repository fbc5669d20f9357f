import type { Warning } from './fingerprint/differences.ts';
import type { Fingerprint } from './fingerprint/fingerprint.ts';
import type { LoadPlan, Metric } from './plan/plan.ts';
import type { ServerFigures, Times } from './rounds/figures.ts';
import type { VoidReason } from './rounds/measured.ts';
import type { Estimate } from './statistics/interval.ts';

export type Verdict =
  | 'difference'
  | 'no difference shown'
  | 'withheld'
  | 'not like for like'
  | 'not enough rounds';

/** What `compare --json` prints. Times in s, memory in bytes; null for what is not known. */
export interface Comparison {
  /** Version of this form. */
  readonly schema: 1;
  readonly verdict: Verdict;
  /** The one figure that is judged, chosen before the run. */
  readonly metric: Metric;
  /** That of B over that of A: the median of the pairs' ratios. Null without enough rounds. */
  readonly ratio: Estimate | null;
  /** The same of A over A. */
  readonly aa: Estimate | null;
  /** The smallest ratio that would have been shown. */
  readonly detectable: number | null;
  readonly rounds: {
    /** Pairs that count. */
    readonly valid: number;
    readonly void: readonly VoidRound[];
    /** How many pairs were planned. */
    readonly planned: number;
    /** The valid ones: the figure of each part of a pair. */
    readonly pairs: readonly Pair[];
  };
  readonly warnings: readonly Warning[];
  readonly fingerprint: { readonly a: Fingerprint | null; readonly b: Fingerprint | null };
  readonly sides: { readonly a: SideReport | null; readonly b: SideReport | null };
  readonly load: LoadReport;
  readonly seed: number;
  /** When it was begun, ISO 8601, and where. */
  readonly at: string;
  readonly machine: {
    readonly cpu: string;
    readonly cores: number;
    readonly platform: string;
    readonly governor: string | null;
  };
  readonly version: string;
}

export interface VoidRound extends VoidReason {
  readonly round: number;
  readonly side: string;
  /** The reason in words, as {@link VoidReason.text}. */
  readonly reason: string;
}

export interface Pair {
  readonly round: number;
  readonly a: number;
  readonly b: number;
  readonly aAgain: number;
}

export interface LoadReport extends Pick<LoadPlan, 'loop' | 'connections' | 'duration' | 'keepAlive'> {
  /** Requests/s; null in a closed loop. */
  readonly rate: number | null;
  readonly mix: readonly string[];
}

/** Medians over the valid rounds of a side. */
export interface SideReport {
  readonly name: string;
  readonly command: string | null;
  readonly requests: number;
  readonly errors: number;
  readonly throughput: number;
  /** As the client saw it, from when a request was due. */
  readonly client: Times;
  /** The same from when it was sent, as tools show that wait for an answer before they send the next request. */
  readonly clientFromSent: Times;
  /** As the server recorded it; null for one that writes no points. */
  readonly server: Times | null;
  /** What a client waited before the server saw its request. */
  readonly queue: Times | null;
  /** Of the last valid round. */
  readonly routes: ServerFigures['routes'];
  /** CPU time per request, s. */
  readonly cpu: number | null;
  readonly rss: number | null;
}
