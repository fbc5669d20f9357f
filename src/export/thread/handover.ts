import type { Batch } from '../../record/batch.ts';
import type { Ledger } from '../../record/ledger.ts';
import type { Fate, FromWorker, Parcel, Point, ToWorker } from '../../record/protocol.ts';
import type { Sample } from '../../record/sample.ts';
import { caught } from '../../safety/guard.ts';
import { type Courier, type CourierSetup, startInline, startThread } from './delivery-thread.ts';

/** Batches that the worker may have at a time without having encoded them. */
const WINDOW = 2;
const RESTART_FIRST_MS = 1000;
const RESTART_LONGEST_MS = 60_000;
/** Worker threads that may die before they run; after that, this thread delivers. */
const STILLBORN = 3;

export interface HandoverEvents {
  /** The batch's columns are free again. */
  free(batch: Batch): void;
  /** The destination stopped answering, or answers again. */
  state(up: boolean, reason: string): void;
  /** Something that its operator should know of. */
  warning(text: string): void;
  /** Lines were lost or refused. */
  lost(lines: number, reason: string): void;
  /** The worker thread ended by itself, and another one is started; or from now on this thread delivers. */
  died(error: Error | undefined, inline: boolean): void;
  /** Neither a thread nor this one can deliver: what is given from now on is dropped. */
  unable(error: Error | undefined): void;
}

/** A batch that is not settled: with the main thread (`batch`), and once it is encoded, with the worker (`parcel`). */
interface Outstanding {
  readonly id: number;
  readonly lines: number;
  /** Of the batch. */
  readonly bytes: number;
  batch: Batch | undefined;
  posted: boolean;
  parcel: Parcel | undefined;
}

/**
 * The main thread's side of delivery. It hands full batches to the worker thread, a few at a time, and keeps each, as
 * columns and later as compressed lines, until the worker says what became of it; so a worker that
 * dies loses nothing, its successor is given all that was not settled.
 *
 * The worker is started with the first batch and never keeps the process alive.
 */
export class Handover {
  readonly #setup: CourierSetup;
  readonly #ledger: Ledger;
  readonly #events: HandoverEvents;
  /** In the order of their ids, which is the order of time. */
  readonly #outstanding = new Map<number, Outstanding>();
  #courier: Courier | undefined;
  #restart: NodeJS.Timeout | undefined;
  /** A worker thread has run. */
  #ran = false;
  #deaths = 0;
  #stillborn = 0;
  #inline = false;
  #unable = false;
  #lastId = 0;
  #lines = 0;
  /** The files that were said to be on disk, with their lines. */
  readonly #files = new Map<string, number>();
  /** Batches with the worker that it has not encoded, and those it has not been given. */
  #untaken = 0;
  #waiting = 0;
  #waitingBytes = 0;
  #settledUpTo: { id: number; resolve: () => void }[] = [];
  #finished: (() => void) | undefined;

  constructor(setup: CourierSetup, ledger: Ledger, events: HandoverEvents) {
    this.#setup = setup;
    this.#ledger = ledger;
    this.#events = events;
  }

  /** Starts at once, and not with the first batch: there may be something to deliver from earlier processes. */
  start(): void {
    if (this.#courier === undefined && this.#restart === undefined) this.#start();
  }

  /** Lines given and not settled. */
  get lines(): number {
    return this.#lines;
  }

  /** Whether a batch would be taken at once; if not, a batch that is not full can as well be filled up first. */
  get ready(): boolean {
    return this.#untaken < WINDOW && this.#waiting === 0;
  }

  /** Takes over a batch, until `free` gives it back. Discards the oldest that waits when there are too many. */
  give(batch: Batch): void {
    if (this.#unable) {
      this.#ledger.settle(droppedFate(batch.rows));
      this.#events.free(batch);
      return;
    }
    const id = ++this.#lastId;
    const { rows: lines, bytes } = batch;
    const entry = { id, lines, bytes, batch, posted: false, parcel: undefined };
    this.#outstanding.set(id, entry);
    this.#lines += lines;
    this.#wait(entry);
    while (this.#waitingBytes > this.#setup.maxQueueBytes && this.#waiting > WINDOW) this.#dropOldest();
    this.#post(WINDOW);
  }

  /** A period is over: what is to be said of it is sent, if there is somebody to send it. */
  period(sample: Sample, points: readonly Point[]): void {
    this.#tell({ type: 'period', sample, points });
  }

  /** Resolves when all that was given before is settled, or after `timeoutMs`. Keeps the process alive until then. */
  async flush(timeoutMs: number): Promise<void> {
    this.#post(Number.POSITIVE_INFINITY);
    this.#tell({ type: 'flush' });
    if (this.#outstanding.size === 0) return;
    await withTimeout(timeoutMs, (resolve) => {
      this.#settledUpTo.push({ id: this.#lastId, resolve });
    });
  }

  /** Delivers what can be delivered within `timeoutMs`, then ends the worker. */
  async close(timeoutMs: number): Promise<void> {
    if (this.#outstanding.size > 0) {
      this.#finish(timeoutMs);
      await withTimeout(timeoutMs, (resolve) => {
        this.#settledUpTo.push({ id: this.#lastId, resolve });
        this.#finished = resolve;
      });
    }
    clearTimeout(this.#restart);
    const courier = this.#courier;
    this.#courier = undefined;
    await courier?.end();
  }

  /** The same while the process exits: blocks the main thread, since no event will come any more. */
  drain(timeoutMs: number): void {
    if (this.#outstanding.size === 0) return;
    if (!this.#finish(timeoutMs)) return;
    for (const message of this.#courier?.wait(timeoutMs) ?? []) this.#receive(message);
  }

  #finish(timeoutMs: number): boolean {
    // There is no time to wait for the successor of one that died.
    clearTimeout(this.#restart);
    this.#restart = undefined;
    this.start();
    this.#post(Number.POSITIVE_INFINITY);
    return this.#tell({ type: 'finish', timeoutMs });
  }

  /** Gives waiting batches to the worker until it has `most`. */
  #post(most: number): void {
    if (this.#waiting === 0 || this.#untaken >= most) return;
    if (this.#courier === undefined && this.#restart === undefined) this.#start();
    if (this.#courier === undefined) return;
    for (const entry of this.#outstanding.values()) {
      const { id, batch, posted } = entry;
      if (batch === undefined || posted) continue;
      if (this.#untaken >= most) break;
      if (!this.#tell({ type: 'batch', id, content: batch.content() })) break; // it waits for the next time
      this.#waitNoMore(entry);
      entry.posted = true;
      this.#untaken++;
    }
  }

  /** False when there is nobody to tell, or it cannot be told just now, as when memory is short. */
  #tell(message: ToWorker): boolean {
    if (this.#courier === undefined) return false;
    try {
      this.#courier.tell(message);
      return true;
    } catch (error) {
      caught('a message to the delivery thread', error);
      return false;
    }
  }

  #receive(message: FromWorker): void {
    switch (message.type) {
      case 'ready':
        this.#ran = true;
        break;
      case 'taken': {
        const entry = this.#outstanding.get(message.parcel.id);
        if (entry === undefined) return;
        entry.parcel = message.parcel;
        this.#free(entry);
        this.#post(WINDOW);
        break;
      }
      case 'settled': {
        const entry = this.#outstanding.get(message.id);
        if (entry === undefined) return;
        this.#settle(entry, message.fate, message.reason);
        this.#post(WINDOW);
        break;
      }
      case 'spooled': {
        const entry = this.#outstanding.get(message.id);
        if (entry === undefined) return;
        this.#ledger.spooled += entry.lines;
        this.#files.set(message.name, entry.lines);
        this.#remove(entry);
        break;
      }
      case 'adopted':
        this.#miss(new Set(message.names));
        break;
      case 'unspooled':
        this.#unspool(message);
        break;
      case 'fault':
        caught(`the delivery: ${message.kind}`, message.error);
        break;
      case 'warning':
        this.#events.warning(message.text);
        break;
      case 'state':
        this.#events.state(message.up, message.reason);
        break;
      case 'finished':
        this.#finished?.();
        break;
    }
  }

  #settle(entry: Outstanding, fate: Fate, reason: string | undefined): void {
    this.#ledger.settle(fate);
    this.#remove(entry);
    this.#lost(fate, reason);
  }

  /** Lines that were on disk have met their fate: ours, or those of a process that died. */
  #unspool({ name, own, fate, reason }: Extract<FromWorker, { type: 'unspooled' }>): void {
    if (own && this.#files.delete(name)) {
      this.#ledger.spooled -= fate.acknowledged + fate.rejected + fate.dropped + fate.unknown;
      this.#ledger.settle(fate);
    } else if (own) {
      return; // A worker put it on disk and died before it could say so: its successor was given the same lines.
    } else {
      this.#ledger.recovered += fate.acknowledged;
    }
    this.#lost(fate, reason);
  }

  /** What a worker that died had on disk, and its successor has not: another process was quicker, and delivers it. */
  #miss(there: ReadonlySet<string>): void {
    for (const [name, lines] of this.#files) {
      if (there.has(name)) continue;
      const fate = { acknowledged: 0, rejected: 0, dropped: 0, unknown: lines };
      this.#unspool({ type: 'unspooled', name, own: true, fate, reason: 'adopted by another process' });
    }
  }

  #lost({ rejected, dropped, unknown }: Fate, reason = ''): void {
    const lines = rejected + dropped + unknown;
    if (lines > 0) this.#events.lost(lines, reason);
  }

  /** It need not be held any more. */
  #remove(entry: Outstanding): void {
    this.#outstanding.delete(entry.id);
    this.#lines -= entry.lines;
    this.#free(entry);
    const [oldest] = this.#outstanding.keys();
    this.#settledUpTo = this.#settledUpTo.filter(({ id, resolve }) => {
      const open = oldest !== undefined && oldest <= id;
      if (!open) resolve();
      return open;
    });
  }

  #free(entry: Outstanding): void {
    if (entry.batch === undefined) return;
    if (entry.posted) this.#untaken--;
    else this.#waitNoMore(entry);
    this.#events.free(entry.batch);
    entry.batch = undefined;
  }

  #wait({ bytes }: Outstanding): void {
    this.#waiting++;
    this.#waitingBytes += bytes;
  }

  #waitNoMore({ bytes }: Outstanding): void {
    this.#waiting--;
    this.#waitingBytes -= bytes;
  }

  #dropOldest(): void {
    for (const entry of this.#outstanding.values()) {
      if (entry.batch === undefined || entry.posted) continue;
      this.#settle(entry, droppedFate(entry.lines), 'the worker thread does not take requests');
      return;
    }
  }

  #start(): void {
    const events = {
      told: (message: FromWorker) => this.#receive(message),
      died: (cause: Error | undefined, permanent: boolean) => this.#died(cause, permanent),
    };
    this.#courier = (this.#inline ? startInline : startThread)(this.#setup, events);
    if (this.#courier === undefined) return;
    for (const { parcel } of this.#outstanding.values())
      if (parcel !== undefined) this.#tell({ type: 'parcel', parcel });
  }

  /** What the worker had is waiting again, for its successor. */
  #died(cause: Error | undefined, permanent: boolean): void {
    this.#courier = undefined;
    for (const entry of this.#outstanding.values()) {
      if (entry.batch === undefined || !entry.posted) continue;
      entry.posted = false;
      this.#untaken--;
      this.#wait(entry);
    }
    if (this.#inline) {
      this.#giveUp(cause);
      return;
    }
    // Where a thread has run, what prevents one now may pass.
    this.#inline = !this.#ran && (permanent || ++this.#stillborn >= STILLBORN);
    this.#events.died(cause, this.#inline);
    this.#scheduleRestart();
  }

  #giveUp(cause: Error | undefined): void {
    this.#unable = true;
    for (const entry of this.#outstanding.values()) {
      this.#ledger.settle(droppedFate(entry.lines));
      this.#remove(entry);
    }
    this.#events.unable(cause);
  }

  #scheduleRestart(): void {
    const delayMs = this.#inline ? 0 : Math.min(RESTART_LONGEST_MS, RESTART_FIRST_MS * 2 ** this.#deaths++);
    this.#restart = setTimeout(() => {
      this.#restart = undefined;
      // What is on disk is delivered without a further request, too.
      if (this.#outstanding.size > 0 || this.#setup.spool !== undefined) this.start();
      this.#post(WINDOW);
    }, delayMs);
    this.#restart.unref();
  }
}

function droppedFate(lines: number): Fate {
  return { acknowledged: 0, rejected: 0, dropped: lines, unknown: 0 };
}

/** Waits for `start`'s callback, at most `timeoutMs`. The timer keeps the process alive meanwhile. */
function withTimeout(timeoutMs: number, start: (resolve: () => void) => void): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, timeoutMs);
    start(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}
