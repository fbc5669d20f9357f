import cluster from 'node:cluster';
import { isMainThread, threadId } from 'node:worker_threads';
import { DeliveryLog } from './export/delivery-log.ts';
import { cleartextWarning } from './export/send/cleartext-warning.ts';
import { endpointOf } from './export/send/endpoint.ts';
import { Dispatcher } from './export/thread/dispatcher.ts';
import {
  applicationVersion,
  type ProcessNames,
  processStarted,
  processStopped,
} from './metrics/process-event.ts';
import { ownProcessInfo } from './metrics/process-info.ts';
import type { Destination, Logger, ResolvedOptions } from './options/options.ts';
import type { Batch } from './record/batch.ts';
import { deliveryPoint, type Ledger, type Stats } from './record/ledger.ts';
import type { OpenRequests } from './record/open-requests.ts';
import type { Point } from './record/point.ts';
import type { Sample } from './record/sample.ts';
import { attempt, caught, unawaited } from './safety/guard.ts';
import { after, cancel, every, type Timer, wallNow } from './safety/time.ts';
import type { ViewHost } from './view/server/view-host.ts';

const WATCH_MS = 1000;
/** Empty lists that are sent after the last open request, since one of them may be lost. */
const SAID_EMPTY = 3;

export interface SinkEvents {
  /** The batch is settled: its columns can be reused. */
  free(batch: Batch): void;
  /** Delivery is impossible, in a worker thread and in this one. Batches given from now on are dropped. */
  unable(): void;
  stats(): Stats;
  /** The requests that have been open for a while. */
  openRequests(): OpenRequests;
}

/**
 * Receives the records of a process: gives them to the delivery and logs its state. It also starts the live view, if
 * the options ask for one; the view receives a copy and cannot affect the delivery.
 */
export class Sink {
  readonly #options: ResolvedOptions;
  readonly #events: SinkEvents;
  readonly #deliveryLog: DeliveryLog;
  readonly #dispatcher: Dispatcher;
  readonly #view: Promise<ViewHost> | undefined;
  #start: Timer | undefined;
  #names: ProcessNames | undefined;
  #saidStart = false;
  /** Runs only with a live view. */
  #watch: Timer | undefined;
  /** The lists that are sent, whether there is an open request or not. */
  #listsToSend = 0;

  constructor(
    options: ResolvedOptions,
    destination: Destination,
    ledger: Ledger,
    log: Logger,
    events: SinkEvents,
  ) {
    this.#options = options;
    this.#events = events;
    const cleartext = cleartextWarning(destination);
    if (cleartext !== undefined) log.warn({}, cleartext);
    this.#deliveryLog = new DeliveryLog({ log, label: destination.label, stats: () => events.stats() });
    this.#dispatcher = this.#createDispatcher(destination, ledger, log);
    const { view } = options;
    if (view !== undefined) {
      // Imported here, so that only processes with a view load it.
      const isAlone = destination.isView === true;
      this.#view = import('./view/server/view-host.ts').then(
        ({ ViewHost }) => new ViewHost(view, isAlone, log),
      );
      unawaited('the start of the live view', this.#view);
      this.#watchOpen();
    }
    if (options.spoolDir !== undefined) this.#dispatcher.start();
  }

  /**
   * Starts the delivery thread, but not within the first request. A program that ends before the first flush, or a function
   * that is frozen after its first call, then does not have to wait for the thread.
   */
  startSoon(): void {
    this.#start = after('the start of the delivery', 0, () => this.#dispatcher.start());
  }

  /** Lines that were given and are not settled yet. */
  get lines(): number {
    return this.#dispatcher.lines;
  }

  /** Whether a batch would be encoded at once. If not, a batch that is not full can wait and be filled further. */
  get ready(): boolean {
    return this.#dispatcher.ready;
  }

  give(batch: Batch): void {
    this.#dispatcher.dispatch(batch);
  }

  /** Ends a sample period: adds its points of `delivery`, `process-info` and `request-metrics`. The first has the start. */
  period(sample: Sample): void {
    const points = [deliveryPoint(this.#events.stats(), sample.stopMs)];
    if (this.#tellsProcess) {
      points.push(...ownProcessInfo(this.#processNames().type, sample));
      if (!this.#saidStart) points.push(processStarted(this.#processNames()));
    }
    if (this.#dispatcher.period(sample, points)) this.#saidStart = true;
    this.#deliveryLog.tick();
  }

  flush(timeoutMs: number): Promise<void> {
    return this.#dispatcher.flush(timeoutMs);
  }

  /** Delivers for at most `exitTimeoutMs`, and stops. */
  async close(): Promise<void> {
    cancel(this.#start);
    cancel(this.#watch);
    try {
      await this.#dispatcher.close(this.#options.exitTimeoutMs, () => this.#last());
      await (await this.#view)?.close();
    } catch (error) {
      caught('the end of the delivery', error);
    }
    this.#deliveryLog.end();
  }

  /** The same, synchronously, while the process exits. */
  drain(): void {
    attempt('the last delivery', () =>
      this.#dispatcher.drain(this.#options.exitTimeoutMs, () => this.#last()),
    );
    this.#deliveryLog.end();
  }

  /** The last points: the ledger when all requests have a result, and the end of the process. */
  #last(): Point[] {
    const stats = this.#events.stats();
    if (stats.recorded === 0) return [];
    const points = [deliveryPoint(stats, wallNow())];
    if (!this.#tellsProcess) return points;
    if (!this.#saidStart) points.push(processStarted(this.#processNames()));
    return [...points, processStopped(this.#processNames())];
  }

  /** Only the main thread writes points of the process. */
  get #tellsProcess(): boolean {
    return this.#options.processInfo && isMainThread;
  }

  #processNames(): ProcessNames {
    const { tags, hostname } = this.#options;
    this.#names ??= { type: tags.service ?? 'node', hostname, version: applicationVersion() };
    return this.#names;
  }

  #createDispatcher(destination: Destination, ledger: Ledger, log: Logger): Dispatcher {
    const {
      hostname,
      tags,
      timeoutMs,
      maxQueueBytes,
      spoolDir,
      maxSpoolBytes,
      requestMetrics,
      concurrency,
      view,
    } = this.#options;
    return new Dispatcher(
      {
        destination: endpointOf(destination),
        view: view && !destination.isView ? endpointOf(view.destination) : undefined,
        tags: {
          ...tags,
          hostname,
          process: `${hostname}:${process.pid}`,
          worker: String(cluster.worker?.id ?? 0),
          thread: String(threadId),
        },
        timeoutMs,
        maxQueueBytes,
        requestMetrics,
        concurrency,
        spool: spoolDir === undefined ? undefined : { dir: spoolDir, maxBytes: maxSpoolBytes },
      },
      ledger,
      {
        free: (batch) => this.#events.free(batch),
        state: (up, reason) => {
          this.#deliveryLog.state(up, reason);
          if (destination.isView) unawaited('the state of the live view', this.#tellView(up));
        },
        watched: () => this.#watchOpen(),
        view: (up) => unawaited('the state of the live view', this.#tellView(up)),
        warning: (text) => this.#deliveryLog.note(text),
        lost: (lines, reason) => this.#deliveryLog.lost(lines, reason),
        unable: (error) => {
          this.#events.unable();
          log.error(
            { err: error },
            `recording nothing, since delivery cannot be started: ${error?.message}. If the application is bundled, keep raw-requests external`,
          );
        },
        died: (error, inline) =>
          log.warn(
            { err: error },
            inline
              ? 'no worker thread can be started: the main thread delivers'
              : 'the delivery thread ended; starting another one',
          ),
      },
    );
  }

  /** Shows the open requests once a second, in the live view only. */
  #watchOpen(): void {
    this.#watch ??= every('the open requests', WATCH_MS, () => {
      const open = this.#events.openRequests();
      if (open.total > 0) this.#listsToSend = 1 + SAID_EMPTY;
      if (this.#listsToSend === 0) return;
      this.#listsToSend--;
      this.#dispatcher.open(open);
    });
  }

  async #tellView(up: boolean): Promise<void> {
    (await this.#view)?.onState(up);
  }
}
