import type { Batch } from '../../record/batch.ts';
import { type DeliveryResult, type Ledger, undelivered } from '../../record/ledger.ts';
import type { OpenRequests } from '../../record/open-requests.ts';
import type { Point } from '../../record/point.ts';
import type { Sample } from '../../record/sample.ts';
import { caught, guarded } from '../../safety/guard.ts';
import { after, cancel, now } from '../../safety/time.ts';
import { type HeldBatch, HeldBatches } from './held-batches.ts';
import type { DeliverySetup, FromDelivery } from './protocol.ts';
import { SpooledFiles } from './spooled-files.ts';
import { Supervisor } from './supervisor.ts';

/** A batch during which this many workers crashed is given up, since the next worker would crash as well. */
const MAX_CRASHES = 3;

/** The most batches that are posted to the worker and not encoded yet. */
const MAX_UNENCODED = 2;

/** The longest wait for the last points of a process, which are no requests. */
const LAST_POINTS_MS = 1000;

export interface DispatcherEvents {
  /** The columns of the batch can be reused. */
  free(batch: Batch): void;
  /** The destination stopped answering, or answers again. */
  state(up: boolean, reason: string): void;
  /** The live view stopped answering, or answers again. */
  view(up: boolean): void;
  /** A live view shows the open requests. */
  watched(): void;
  /** Reports a problem to the operator. */
  warning(text: string): void;
  /** Lines were lost or refused. */
  lost(lines: number, reason: string): void;
  /** The worker thread died. Another one is started, or `inline`: the main thread delivers from now on. */
  died(error: Error | undefined, inline: boolean): void;
  /** Neither a worker thread nor the main thread can deliver. Batches are dropped from now on. */
  unable(error: Error | undefined): void;
}

/**
 * The main thread's side of the delivery: posts batches to the worker thread, a few at a time, and holds each batch
 * until the worker reports its result. The worker is started after the first request and never keeps the process alive.
 */
export class Dispatcher {
  readonly #setup: DeliverySetup;
  readonly #ledger: Ledger;
  readonly #events: DispatcherEvents;
  readonly #held: HeldBatches;
  readonly #files: SpooledFiles;
  readonly #delivery: Supervisor;
  #unable = false;
  #isDown = false;
  #saidLast = false;
  #finished: (() => void) | undefined;

  constructor(setup: DeliverySetup, ledger: Ledger, events: DispatcherEvents) {
    this.#setup = setup;
    this.#ledger = ledger;
    this.#events = events;
    this.#held = new HeldBatches((batch) => events.free(batch));
    this.#files = new SpooledFiles(ledger);
    this.#delivery = new Supervisor(setup, {
      started: () => this.#postLines(),
      received: (message) => this.#receive(message),
      died: (error, inline, ran) => {
        const suspect = ran && error !== undefined ? this.#held.current() : undefined;
        this.#held.unpost();
        events.died(error, inline);
        if (suspect !== undefined) this.#countCrash(suspect);
      },
      restart: () => {
        // The spool is delivered even if there are no further requests.
        if (this.#held.size > 0 || setup.spool !== undefined) this.#delivery.start();
        this.#post(MAX_UNENCODED);
      },
      unable: (error) => this.#giveUp(error),
    });
  }

  /** Starts the worker before the first batch: the spool may have requests of earlier processes, or the process may end soon. */
  start(): void {
    this.#delivery.start();
  }

  /** Lines without a result. */
  get lines(): number {
    return this.#held.rows;
  }

  /** Whether a batch would be posted at once. If not, a batch that is not full can wait and be filled further. */
  get ready(): boolean {
    return this.#held.posted < MAX_UNENCODED && this.#held.waiting === 0;
  }

  /** Takes a batch, until `free` returns it. On overflow, drops the oldest batch that was not posted. */
  dispatch(batch: Batch): void {
    if (this.#unable) {
      this.#ledger.settle(undelivered(batch.rows, ''));
      this.#events.free(batch);
      return;
    }
    this.#held.add(batch);
    while (this.#held.waitingBytes > this.#setup.maxQueueBytes && this.#held.waiting > MAX_UNENCODED) {
      const oldest = this.#held.oldestWaiting();
      if (oldest === undefined) break;
      this.#settle(oldest, undelivered(oldest.rows, 'the worker thread does not accept requests'));
    }
    this.#post(MAX_UNENCODED);
  }

  /** Sends the points of a sample period, if a worker runs. Returns false if none does. */
  period(sample: Sample, points: readonly Point[]): boolean {
    return this.#delivery.post({ type: 'period', sample, points });
  }

  /** Shows the open requests in the live view. */
  open(open: OpenRequests): void {
    this.#delivery.start(); // no request may have ended yet
    this.#delivery.post({ type: 'open', open });
  }

  /** Resolves when all current batches have a result, or after `timeoutMs`. Keeps the process alive until then. */
  async flush(timeoutMs: number): Promise<void> {
    this.#post(Number.POSITIVE_INFINITY);
    this.#delivery.post({ type: 'flush' });
    if (this.#held.size === 0) return;
    await withTimeout(timeoutMs, (resolve) => this.#held.whenSettled(resolve));
  }

  /** Delivers for at most `timeoutMs`, the points of `last` after all requests, then ends the worker. */
  async close(timeoutMs: number, last: () => readonly Point[]): Promise<void> {
    const end = now() + timeoutMs;
    if (this.#held.size > 0) {
      this.#finish(timeoutMs);
      await withTimeout(timeoutMs, (resolve) => {
        this.#held.whenSettled(resolve);
        this.#finished = resolve;
      });
    }
    const waitMs = this.#sayLast(end, last);
    if (waitMs > 0) {
      await withTimeout(waitMs, (resolve) => {
        this.#finished = resolve;
      });
    }
    await this.#delivery.end();
  }

  /** The same while the process exits. Blocks the thread, because no more events arrive. */
  drain(timeoutMs: number, last: () => readonly Point[]): void {
    const end = now() + timeoutMs;
    if (this.#held.size > 0 && this.#finish(timeoutMs)) this.#delivery.wait(timeoutMs);
    const waitMs = this.#sayLast(end, last);
    if (waitMs > 0) this.#delivery.wait(waitMs);
  }

  /**
   * Posts the last points, if they can be expected to arrive: all requests have a result, and the destination answers.
   * Returns how long to wait for them, in ms.
   */
  #sayLast(end: number, last: () => readonly Point[]): number {
    const timeoutMs = Math.min(LAST_POINTS_MS, Math.floor(end - now()));
    if (this.#saidLast || this.#isDown || this.#held.size > 0 || timeoutMs <= 0) return 0;
    const points = last();
    if (points.length === 0 || !this.#delivery.post({ type: 'last', points, timeoutMs })) return 0;
    this.#saidLast = true;
    return timeoutMs;
  }

  /** Returns false if no worker runs. */
  #finish(timeoutMs: number): boolean {
    this.#delivery.startNow(); // there is no time for the restart delay
    this.#post(Number.POSITIVE_INFINITY);
    return this.#delivery.post({ type: 'finish', timeoutMs });
  }

  /** Posts waiting batches, until the worker has `maxUnencoded` of them. */
  #post(maxUnencoded: number): void {
    if (this.#held.waiting === 0 || this.#held.posted >= maxUnencoded) return;
    this.#delivery.start();
    while (this.#held.posted < maxUnencoded) {
      const held = this.#held.oldestWaiting();
      if (held?.batch === undefined) return;
      const isPosted = this.#delivery.post({ type: 'batch', id: held.id, content: held.batch.content() });
      if (!isPosted) return; // it stays, for the next call
      this.#held.post(held);
    }
  }

  /** Posts the lines that an earlier worker has encoded to a new worker. */
  #postLines(): void {
    for (const { id, lines } of this.#held.all()) {
      if (lines === undefined || this.#delivery.post({ type: 'lines', id, lines })) continue;
      this.#delivery.replace(new Error('it does not accept the lines to be delivered'));
      return;
    }
  }

  /** Counts a crash of the worker during this batch. */
  #countCrash(held: HeldBatch): void {
    held.crashes++;
    if (held.crashes < MAX_CRASHES) return;
    const reason = `${MAX_CRASHES} delivery threads crashed while they processed it`;
    this.#settle(held, undelivered(held.rows, reason, held.lines !== undefined));
  }

  #receive(message: FromDelivery): void {
    switch (message.type) {
      case 'encoded': {
        const held = this.#held.get(message.id);
        if (held !== undefined) this.#held.encoded(held, message.lines);
        this.#post(MAX_UNENCODED);
        break;
      }
      case 'settled': {
        const held = this.#held.get(message.id);
        if (held !== undefined) this.#settle(held, message.result);
        this.#post(MAX_UNENCODED);
        break;
      }
      case 'spooled': {
        const held = this.#held.get(message.id);
        if (held === undefined) break;
        this.#files.add(message.file, held.rows);
        this.#held.remove(held);
        break;
      }
      case 'adopted':
        for (const { file, result } of this.#files.missing(message.files))
          this.#settleFile(file, true, result);
        break;
      case 'fileSettled':
        this.#settleFile(message.file, message.own, message.result);
        break;
      case 'fault':
        caught(`the delivery: ${message.kind}`, message.error);
        break;
      case 'warning':
        this.#events.warning(message.text);
        break;
      case 'state':
        this.#isDown = !message.up;
        this.#events.state(message.up, message.reason);
        break;
      case 'view':
        this.#events.view(message.up);
        break;
      case 'watched':
        this.#events.watched();
        break;
      case 'finished':
        // The requests may be settled before the reply to `finish` arrives.
        if (message.last === this.#saidLast) this.#finished?.();
        break;
    }
  }

  #settle(held: HeldBatch, result: DeliveryResult): void {
    this.#ledger.settle(result);
    this.#held.remove(held);
    this.#lost(result);
  }

  #settleFile(file: string, own: boolean, result: DeliveryResult): void {
    if (this.#files.settle(file, own, result)) this.#lost(result);
  }

  #lost({ rejected, dropped, unknown, reason = '' }: DeliveryResult): void {
    const lines = rejected + dropped + unknown;
    if (lines > 0) this.#events.lost(lines, reason);
  }

  #giveUp(cause: Error | undefined): void {
    this.#unable = true;
    for (const held of this.#held.all()) {
      this.#ledger.settle(undelivered(held.rows, ''));
      this.#held.remove(held);
    }
    this.#events.unable(cause);
  }
}

/** Waits until `start` calls back, at most `timeoutMs`. Keeps the process alive until then. */
function withTimeout(timeoutMs: number, start: (resolve: () => void) => void): Promise<void> {
  return new Promise((resolve) => {
    const timer = after('the end of a wait for the delivery', timeoutMs, resolve).ref();
    const settled = () => {
      cancel(timer);
      resolve();
    };
    start(guarded('the end of a wait for the delivery', settled));
  });
}
