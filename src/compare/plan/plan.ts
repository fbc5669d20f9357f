/** What is compared, and how. Times in s, rates in requests/s. */
export interface Plan {
  readonly sides: Readonly<Record<SideName, SidePlan>>;
  readonly load: LoadPlan;
  /** Pairs of rounds. */
  readonly rounds: number;
  /** Load before the measured part of a round, s. */
  readonly warmUp: number;
  readonly metric: Metric;
  /** Of the order of the rounds; without one, another each time. */
  readonly seed: number;
  /** Differences that are what is compared: codes of warnings. */
  readonly differs: readonly string[];
  readonly limits: Limits;
}

export type SideName = 'a' | 'b';

/** A server under test. */
export interface SidePlan {
  readonly name: string;
  /** A shell command; undefined for a server that runs already, at `url`. */
  readonly command: string | undefined;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** Where it listens, if it neither listens at PORT nor prints its address. */
  readonly url: string | undefined;
  /** The path that has to be answered, but not with 502, 503 or 504, before the side counts as ready. */
  readonly ready: string;
  /** s */
  readonly startTimeout: number;
  /** Whether `raw-requests/register` is loaded into its Node processes. */
  readonly record: boolean;
}

export interface LoadPlan {
  readonly connections: number;
  /** `open`: requests are due at a fixed rate, whether the server keeps up or not. `closed`: the next is sent after an answer. */
  readonly loop: 'open' | 'closed';
  /** Undefined: half of what the slower side can hold, measured first. */
  readonly rate: number | undefined;
  /** Of the measured part of a round, s. */
  readonly duration: number;
  /** A number of requests, in place of `duration`. */
  readonly requests: number | undefined;
  readonly keepAlive: boolean;
  /** After which a request has failed, s. */
  readonly timeout: number;
  readonly mix: readonly RequestPlan[];
}

export interface RequestPlan {
  readonly weight: number;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}

/** Bounds beyond which a round is void. All are shares from 0 to 1, but for `pairs`. */
export interface Limits {
  /** Requests that failed or were answered 4xx or 5xx. */
  readonly errors: number;
  /** By how much that share may differ between the sides. */
  readonly errorDifference: number;
  /** CPU that the load generator may use, of one core. */
  readonly generator: number;
  /** Requests that the load generator sent late, through its own fault. */
  readonly late: number;
  /** CPU that other processes may use, of all cores. */
  readonly others: number;
  /** Rounds that may be repeated, as a share of those that are planned. */
  readonly repeats: number;
}

export const METRICS = ['p50', 'p90', 'p95', 'p99', 'p99.9', 'max', 'mean', 'throughput', 'cpu'] as const;
/** Response time as the client saw it, s; or answers/s; or CPU time of the server per request, s. */
export type Metric = (typeof METRICS)[number];

/** Whether more of it is better. */
export function isMoreBetter(metric: Metric): boolean {
  return metric === 'throughput';
}

export const DEFAULT_LIMITS: Limits = {
  errors: 0.01,
  errorDifference: 0.005,
  generator: 0.7,
  late: 0.01,
  others: 0.15,
  repeats: 1,
};

export const DEFAULTS = {
  rounds: 10,
  warmUp: 1,
  metric: 'p99',
  connections: 32,
  duration: 5,
  timeout: 10,
  startTimeout: 30,
} as const;
