import type { MessagePort } from 'node:worker_threads';
import type { BatchContent } from '../../record/batch.ts';
import type { DeliveryResult } from '../../record/ledger.ts';
import type { Point } from '../../record/point.ts';
import type { Sample } from '../../record/sample.ts';
import type { Lines } from '../lines/lines.ts';
import type { Endpoint } from '../send/endpoint.ts';

// What the application's thread and the delivery say to each other, be that in a worker thread or not.

/** What a delivery is started with. */
export interface DeliverySetup {
  readonly destination: Endpoint;
  /** The live view that gets a copy of what is sent; undefined: none does. */
  readonly view: Endpoint | undefined;
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

/** What a worker thread is started with. */
export interface WorkerSetup extends DeliverySetup {
  readonly port: MessagePort;
  /** Set to a {@link Signal} when the worker is done with `finish`, or gone: the application's thread waits for it at exit. */
  readonly signal: Int32Array;
}

/** States of the exit signal. */
export const Signal = { working: 0, done: 1 } as const;

export type ToDelivery =
  | { readonly type: 'batch'; readonly id: number; readonly content: BatchContent }
  /** Encoded by a worker that died before it delivered them. */
  | { readonly type: 'lines'; readonly id: number; readonly lines: Lines }
  /** A period is over: its points are sent along; what becomes of them is not counted. */
  | { readonly type: 'period'; readonly sample: Sample; readonly points: readonly Point[] }
  /** Try now, whatever delay is running. */
  | { readonly type: 'flush' }
  /** The process ends: deliver or spool what can be within `timeoutMs`, then answer `finished`. */
  | { readonly type: 'finish'; readonly timeoutMs: number };

export type FromDelivery =
  /** The worker runs. */
  | { readonly type: 'ready' }
  /**
   * The batch is encoded: its columns may be used again. Each thread holds a copy of the lines until their result is
   * known, so that what the application's thread holds outlives a worker. Not shared memory: V8 does not count that,
   * and lets megabytes of it lie about.
   */
  | { readonly type: 'encoded'; readonly id: number; readonly lines: Lines }
  | { readonly type: 'settled'; readonly id: number; readonly result: DeliveryResult }
  /** The lines are in this file now: they need not be held in memory any more. */
  | { readonly type: 'spooled'; readonly id: number; readonly file: string }
  /** The worker has begun with these files of this process on disk. */
  | { readonly type: 'adopted'; readonly files: readonly string[] }
  /** What became of lines that were on disk. `own`: they are requests of this process. */
  | {
      readonly type: 'fileSettled';
      readonly file: string;
      readonly own: boolean;
      readonly result: DeliveryResult;
    }
  /** Something was thrown there, and it went on. */
  | { readonly type: 'fault'; readonly kind: string; readonly error: Error }
  /** Something that its operator should know of. */
  | { readonly type: 'warning'; readonly text: string }
  /** The destination stopped answering, or answers again. */
  | { readonly type: 'state'; readonly up: boolean; readonly reason: string }
  /** The live view stopped answering, or answers again. */
  | { readonly type: 'view'; readonly up: boolean }
  /** Answers `finish`: all is delivered, or cannot be. */
  | { readonly type: 'finished' };
