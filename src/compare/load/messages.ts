import type { LoadPlan } from '../plan/plan.ts';

// What the comparison and the process that sends the load tell each other.

/** The load of one round: first the warm-up, which is not measured, then the measured part, without a pause. */
export interface LoadOrder extends Omit<LoadPlan, 'rate'> {
  /** `http://127.0.0.1:3000` */
  readonly url: string;
  /** Requests/s; not used in a closed loop. */
  readonly rate: number;
  /** s */
  readonly warmUp: number;
  /** Of the order in which the requests of the mix are sent. */
  readonly seed: number;
}

/** The measured requests, an element for each, in the order in which they were due. */
export interface Samples {
  /** When it was due, s after the measured part began. In a closed loop: when it was sent. */
  readonly due: Float64Array;
  /** From when it was due until the response was complete, s; NaN if it failed or was not sent. */
  readonly latency: Float64Array;
  /** From when it was sent until the response was complete, s. */
  readonly service: Float64Array;
  /** 0 if it failed. */
  readonly status: Uint16Array;
  /** Bytes of the body, as on the wire. */
  readonly size: Float64Array;
  /** Index into the mix. */
  readonly request: Uint16Array;
}

export interface LoadResult extends Samples {
  /** Requests that were sent and answered, with those of the warm-up. */
  readonly sent: number;
  readonly answered: number;
  /** Requests that were due and not sent, because all connections were busy to the end. */
  readonly unsent: number;
  /** Requests that this process itself sent late. */
  readonly late: number;
  /** How often each error came. */
  readonly failures: Readonly<Record<string, number>>;
  /** Connections opened in the measured part. */
  readonly connectionsOpened: number;
  /** The most requests that were open at a time. */
  readonly openMost: number;
  readonly httpVersions: readonly string[];
  readonly encodings: readonly string[];
  /** CPU time of this process in the measured part, s. */
  readonly cpu: number;
  /** Length of the measured part, until its last answer, s. */
  readonly seconds: number;
  /** Wall time at which the load, and its measured part, began, ms since 1970. */
  readonly startedMs: number;
  readonly measuredMs: number;
  /** By how much the wall clock and the monotonic clock moved apart, ms. */
  readonly clockStepMs: number;
}

export type LoadAnswer =
  | { readonly kind: 'measuring' }
  | { readonly kind: 'done'; readonly result: LoadResult }
  | { readonly kind: 'failed'; readonly reason: string };
