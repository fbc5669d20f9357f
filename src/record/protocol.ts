import type { MessagePort } from 'node:worker_threads';
import type { BatchContent } from './batch.ts';
import type { Sample } from './sample.ts';

/** What the worker is started with. */
export interface WorkerSetup {
  readonly port: MessagePort;
  /** Set to a {@link Signal} when the worker is done with `finish`, or gone: the main thread waits for it at exit. */
  readonly signal: Int32Array;
  readonly destination: {
    readonly url: string;
    readonly writePath: string;
    readonly authorization: string | undefined;
    /** Nothing may be sent there unless it is the live view: another program may have its port. */
    readonly isView: boolean;
  };
  /** Tags of every point, as they are to be read in the database. */
  readonly tags: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly maxQueueBytes: number;
  /** Whether `request-metrics` is written, and how many requests the application can handle at a time, if known. */
  readonly requestMetrics: boolean;
  readonly concurrency: number | undefined;
  /** Where to keep what the database does not take; undefined: in memory only. */
  readonly spool: { readonly dir: string; readonly maxBytes: number } | undefined;
}

/** States of the exit signal. */
export const Signal = { working: 0, done: 1 } as const;

/**
 * Lines ready to be sent, compressed. Each thread holds a copy until their fate is known, so that what the main thread
 * holds outlives a worker. Not shared memory: V8 does not count that, and lets megabytes of it lie about.
 */
export interface Parcel {
  readonly id: number;
  readonly lines: number;
  /** Gzipped line protocol. */
  readonly body: Uint8Array;
}

/** What became of the lines of a batch. */
export interface Fate {
  readonly acknowledged: number;
  /** Refused by the database for good. */
  readonly rejected: number;
  /** Discarded, never sent. */
  readonly dropped: number;
  /** Given up after an attempt whose outcome is not known. */
  readonly unknown: number;
}

/** A point that is no request, with the tags of this process. Names are the library's own and need no escaping. */
export interface Point {
  readonly measurement: string;
  /** Tags besides those of every point. */
  readonly tags?: Readonly<Record<string, string>>;
  readonly integers?: Readonly<Record<string, number>>;
  readonly floats?: Readonly<Record<string, number>>;
  /** ms since 1970 */
  readonly atMs: number;
}

/** Main thread to worker. */
export type ToWorker =
  | { readonly type: 'batch'; readonly id: number; readonly content: BatchContent }
  /** Encoded by a worker that died before it delivered it. */
  | { readonly type: 'parcel'; readonly parcel: Parcel }
  /** A period is over: its points are sent along; what becomes of them is not counted. */
  | { readonly type: 'period'; readonly sample: Sample; readonly points: readonly Point[] }
  /** Try now, whatever delay is running. */
  | { readonly type: 'flush' }
  /** The process ends: deliver or spool what can be within `timeoutMs`, then signal. */
  | { readonly type: 'finish'; readonly timeoutMs: number };

/** Worker to main thread. */
export type FromWorker =
  /** The worker runs. */
  | { readonly type: 'ready' }
  /** The batch is encoded: its columns may be used again. */
  | { readonly type: 'taken'; readonly parcel: Parcel }
  | {
      readonly type: 'settled';
      readonly id: number;
      readonly fate: Fate;
      readonly reason: string | undefined;
    }
  /** The parcel is on disk now: it need not be held in memory any more. */
  | { readonly type: 'spooled'; readonly id: number; readonly name: string }
  /** The worker has begun with these files of this process on disk. */
  | { readonly type: 'adopted'; readonly names: readonly string[] }
  /** What became of lines that were on disk. `own`: they are requests of this process. */
  | {
      readonly type: 'unspooled';
      readonly name: string;
      readonly own: boolean;
      readonly fate: Fate;
      readonly reason: string | undefined;
    }
  /** Something in the delivery threw what it should not have; it goes on. */
  | { readonly type: 'fault'; readonly kind: string; readonly error: Error }
  /** Something that its operator should know of. */
  | { readonly type: 'warning'; readonly text: string }
  /** The destination stopped answering, or answers again. */
  | { readonly type: 'state'; readonly up: boolean; readonly reason: string }
  /** Answers `finish`: all is delivered, or cannot be. */
  | { readonly type: 'finished' };
