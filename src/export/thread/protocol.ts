import type { MessagePort } from 'node:worker_threads';
import type { BatchContent } from '../../record/batch.ts';
import type { DeliveryResult } from '../../record/ledger.ts';
import type { OpenRequests } from '../../record/open-requests.ts';
import type { Point } from '../../record/point.ts';
import type { Sample } from '../../record/sample.ts';
import type { Lines } from '../lines/lines.ts';
import type { Endpoint } from '../send/endpoint.ts';

// The messages between the main thread and the delivery, which may run in a worker thread or on the main thread.

/** The settings of a delivery. */
export interface DeliverySetup {
  readonly destination: Endpoint;
  /** The live view that gets a copy of the lines, if any. */
  readonly view: Endpoint | undefined;
  /** Tags of every point, not escaped. */
  readonly tags: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly maxQueueBytes: number;
  /** Whether `request-metrics` is written, and the number of requests that can be handled at a time, if known. */
  readonly requestMetrics: boolean;
  readonly concurrency: number | undefined;
  /** The spool; undefined if lines wait in memory only. */
  readonly spool: { readonly dir: string; readonly maxBytes: number } | undefined;
}

/** The data that a worker thread is started with. */
export interface WorkerSetup extends DeliverySetup {
  readonly port: MessagePort;
  /** Set to a {@link Signal} when the worker has finished or ended. The main thread waits for it at exit. */
  readonly signal: Int32Array;
}

/** Values of the exit signal. `awaited`: the main thread is blocked until `done`. */
export const Signal = { working: 0, done: 1, awaited: 2 } as const;

export type ToDelivery =
  | { readonly type: 'batch'; readonly id: number; readonly content: BatchContent }
  /** Lines that an earlier worker has encoded and not delivered. */
  | { readonly type: 'lines'; readonly id: number; readonly lines: Lines }
  /** The points of a sample period. Their results are not counted. */
  | { readonly type: 'period'; readonly sample: Sample; readonly points: readonly Point[] }
  /** The open requests, for the live view only. */
  | { readonly type: 'open'; readonly open: OpenRequests }
  /** The last points of the process, all of whose requests have a result. Deliver them like `finish`. */
  | { readonly type: 'last'; readonly points: readonly Point[]; readonly timeoutMs: number }
  /** Retry without a delay. */
  | { readonly type: 'flush' }
  /** The process ends: deliver or spool within `timeoutMs`, then reply with `finished`. */
  | { readonly type: 'finish'; readonly timeoutMs: number };

export type FromDelivery =
  /** The worker runs. */
  | { readonly type: 'ready' }
  /**
   * The batch is encoded, so its columns can be reused. Each thread holds a copy of the lines until their result is
   * known, so that they survive the worker. They are not in shared memory, because V8's garbage collector does not
   * count it and frees it late.
   */
  | { readonly type: 'encoded'; readonly id: number; readonly lines: Lines }
  | { readonly type: 'settled'; readonly id: number; readonly result: DeliveryResult }
  /** The lines are in this file, and need not be held in memory. */
  | { readonly type: 'spooled'; readonly id: number; readonly file: string }
  /** The worker has adopted these files of this process. */
  | { readonly type: 'adopted'; readonly files: readonly string[] }
  /** The result of lines that were on disk. `own`: they are requests of this process. */
  | {
      readonly type: 'fileSettled';
      readonly file: string;
      readonly own: boolean;
      readonly result: DeliveryResult;
    }
  /** An error was caught in the worker. */
  | { readonly type: 'fault'; readonly kind: string; readonly error: Error }
  /** A problem for the operator. */
  | { readonly type: 'warning'; readonly text: string }
  /** The destination stopped answering, or answers again. */
  | { readonly type: 'state'; readonly up: boolean; readonly reason: string }
  /** The live view stopped answering, or answers again. */
  | { readonly type: 'view'; readonly up: boolean }
  /** The destination is a live view, so it gets the open requests as well. */
  | { readonly type: 'watched' }
  /** The reply to `finish`, and to `last`. */
  | { readonly type: 'finished'; readonly last: boolean };
