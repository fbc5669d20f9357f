import cluster from 'node:cluster';
import { isMainThread, threadId } from 'node:worker_threads';
import { Report } from './export/report.ts';
import { cleartextWarning } from './export/send/cleartext-warning.ts';
import { endpointOf } from './export/send/endpoint.ts';
import { Handover } from './export/thread/handover.ts';
import { ownProcessInfo } from './metrics/process-info.ts';
import type { Destination, Logger, ResolvedOptions } from './options/options.ts';
import type { Batch } from './record/batch.ts';
import { deliveryPoint, type Ledger, type Stats } from './record/ledger.ts';
import type { Sample } from './record/sample.ts';
import { attempt, caught, unawaited } from './safety/guard.ts';
import type { ViewHost } from './view/server/view-host.ts';

export interface SinkEvents {
  /** The batch's columns are free again. */
  free(batch: Batch): void;
  /** What is given from now on is dropped: neither a thread nor this one can deliver. */
  unable(): void;
  stats(): Stats;
}

/** Where the records of a process go: to the delivery, with what is said of it in the log. The live view, where this process may serve it, is beside the way. */
export class Sink {
  readonly #options: ResolvedOptions;
  readonly #events: SinkEvents;
  readonly #report: Report;
  readonly #handover: Handover;
  readonly #view: Promise<ViewHost> | undefined;

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
    this.#report = new Report({ log, label: destination.label, stats: () => events.stats() });
    this.#handover = this.#createHandover(destination, ledger, log);
    const { view } = options;
    if (view !== undefined) {
      // Loaded only here: who does not ask for the view does not pay for it.
      const isAlone = destination.isView === true;
      this.#view = import('./view/server/view-host.ts').then(
        ({ ViewHost }) => new ViewHost(view.port, isAlone, log),
      );
      unawaited('the start of the live view', this.#view);
    }
    if (options.spoolDir !== undefined) this.#handover.start();
  }

  /** Lines given and not settled. */
  get lines(): number {
    return this.#handover.lines;
  }

  /** Whether a batch would be taken at once; if not, a batch that is not full can as well be filled up first. */
  get ready(): boolean {
    return this.#handover.ready;
  }

  give(batch: Batch): void {
    this.#handover.give(batch);
  }

  /** A period is over: the points of it that are no requests. */
  period(sample: Sample): void {
    const { processInfo, tags } = this.#options;
    const points = [deliveryPoint(this.#events.stats(), sample.stopMs)];
    if (processInfo && isMainThread) points.push(...ownProcessInfo(tags.service ?? 'node', sample));
    this.#handover.period(sample, points);
    this.#report.tick();
  }

  flush(): Promise<void> {
    return this.#handover.flush(this.#options.timeoutMs);
  }

  /** Delivers for at most `exitTimeoutMs`, and stops. */
  async close(): Promise<void> {
    try {
      await this.#handover.close(this.#options.exitTimeoutMs);
      await (await this.#view)?.close();
    } catch (error) {
      caught('the end of the delivery', error);
    }
    this.#report.end();
  }

  /** The same while the process exits: nothing asynchronous happens any more. */
  drain(): void {
    attempt('the last delivery', () => this.#handover.drain(this.#options.exitTimeoutMs));
    this.#report.end();
  }

  #createHandover(destination: Destination, ledger: Ledger, log: Logger): Handover {
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
    return new Handover(
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
          this.#report.state(up, reason);
          if (destination.isView) unawaited('the state of the live view', this.#tellView(up));
        },
        view: (up) => unawaited('the state of the live view', this.#tellView(up)),
        warning: (text) => this.#report.note(text),
        lost: (lines, reason) => this.#report.lost(lines, reason),
        unable: (error) => {
          this.#events.unable();
          log.error(
            { err: error },
            `recording nothing, since delivery cannot be started: ${error?.message}. Bundled? Keep raw-requests external`,
          );
        },
        died: (error, inline) =>
          log.warn(
            { err: error },
            inline
              ? "no worker thread can be started: the application's own thread delivers"
              : 'the delivery thread ended; starting another one',
          ),
      },
    );
  }

  async #tellView(up: boolean): Promise<void> {
    (await this.#view)?.onState(up);
  }
}
