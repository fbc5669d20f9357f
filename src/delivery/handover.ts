import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from 'node:worker_threads';
import type { Batch } from '../record/batch.ts';
import { type FromWorker, type Parcel, Signal, type ToWorker, type WorkerSetup } from '../record/protocol.ts';
import type { Ledger } from './ledger.ts';

/** Batches that the worker may have at a time without having encoded them. */
const WINDOW = 2;
const RESTART_FIRST_MS = 1000;
const RESTART_LONGEST_MS = 60_000;

export interface HandoverEvents {
  /** The batch's columns are free again. */
  free(batch: Batch): void;
  /** The destination stopped answering, or answers again. */
  state(up: boolean, reason: string): void;
  /** Lines were lost or refused. */
  lost(lines: number, reason: string): void;
  /** The worker thread ended by itself. */
  died(error: Error | undefined): void;
}

type Options = Omit<WorkerSetup, 'port' | 'signal'>;

/** A batch that is not settled: with the main thread (`batch`), and once it is encoded, with the worker (`parcel`). */
interface Outstanding {
  readonly id: number;
  readonly lines: number;
  batch: Batch | undefined;
  posted: boolean;
  parcel: Parcel | undefined;
}

interface Thread {
  readonly worker: Worker;
  readonly port: MessagePort;
  readonly signal: Int32Array;
}

/**
 * The main thread's side of delivery. It hands full batches to the worker thread, a few at a time, and keeps each, as
 * columns and later as compressed lines in shared memory, until the worker says what became of it; so a worker that
 * dies loses nothing, its successor is given all that was not settled.
 *
 * The worker is started with the first batch and never keeps the process alive.
 */
export class Handover {
  readonly #options: Options;
  readonly #ledger: Ledger;
  readonly #events: HandoverEvents;
  /** In the order of their ids, which is the order of time. */
  readonly #outstanding = new Map<number, Outstanding>();
  readonly #maxWaiting: number;
  #thread: Thread | undefined;
  #restart: NodeJS.Timeout | undefined;
  #deaths = 0;
  #lastId = 0;
  #lines = 0;
  /** Batches with the worker that it has not encoded, and those it has not been given. */
  #untaken = 0;
  #waiting = 0;
  #settledUpTo: { id: number; resolve: () => void }[] = [];
  #finished: (() => void) | undefined;

  constructor(options: Options, batchBytes: number, ledger: Ledger, events: HandoverEvents) {
    this.#options = options;
    this.#maxWaiting = Math.max(WINDOW, Math.floor(options.maxQueueBytes / batchBytes));
    this.#ledger = ledger;
    this.#events = events;
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
    const id = ++this.#lastId;
    this.#outstanding.set(id, { id, lines: batch.rows, batch, posted: false, parcel: undefined });
    this.#lines += batch.rows;
    this.#waiting++;
    if (this.#waiting > this.#maxWaiting) this.#dropOldest();
    this.#post(WINDOW);
  }

  /** Resolves when all that was given before is settled, or after `timeoutMs`. Keeps the process alive until then. */
  async flush(timeoutMs: number): Promise<void> {
    if (this.#outstanding.size === 0) return;
    this.#post(Number.POSITIVE_INFINITY);
    this.#tell({ type: 'flush' });
    await withTimeout(timeoutMs, (resolve) => {
      this.#settledUpTo.push({ id: this.#lastId, resolve });
    });
  }

  /** Delivers what can be delivered within `timeoutMs`, then ends the worker. */
  async close(timeoutMs: number): Promise<void> {
    if (this.#outstanding.size > 0) {
      this.#post(Number.POSITIVE_INFINITY);
      this.#tell({ type: 'finish' });
      await withTimeout(timeoutMs, (resolve) => {
        this.#settledUpTo.push({ id: this.#lastId, resolve });
        this.#finished = resolve;
      });
    }
    clearTimeout(this.#restart);
    const thread = this.#thread;
    this.#thread = undefined;
    thread?.port.close();
    await thread?.worker.terminate();
  }

  /** The same while the process exits: blocks the main thread, since no event will come any more. */
  drain(timeoutMs: number): void {
    if (this.#outstanding.size === 0) return;
    this.#post(Number.POSITIVE_INFINITY);
    const thread = this.#thread;
    if (thread === undefined) return;
    this.#tell({ type: 'finish' });
    Atomics.wait(thread.signal, 0, Signal.working, timeoutMs);
    for (
      let received = receiveMessageOnPort(thread.port);
      received;
      received = receiveMessageOnPort(thread.port)
    ) {
      this.#receive(received.message);
    }
  }

  /** Gives waiting batches to the worker until it has `most`. */
  #post(most: number): void {
    if (this.#waiting === 0 || this.#untaken >= most) return;
    this.#thread ??= this.#restart === undefined ? this.#start() : undefined;
    if (this.#thread === undefined) return;
    for (const { id, batch, posted } of this.#outstanding.values()) {
      if (batch === undefined || posted) continue;
      if (this.#untaken >= most) break;
      this.#outstanding.get(id)!.posted = true;
      this.#waiting--;
      this.#untaken++;
      this.#tell({ type: 'batch', id, content: batch.content() });
    }
  }

  #tell(message: ToWorker): void {
    this.#thread?.port.postMessage(message);
  }

  #receive(message: FromWorker): void {
    switch (message.type) {
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
      case 'state':
        this.#events.state(message.up, message.reason);
        break;
      case 'finished':
        this.#finished?.();
        break;
    }
  }

  #settle(entry: Outstanding, fate: Parameters<Ledger['settle']>[0], reason: string | undefined): void {
    this.#outstanding.delete(entry.id);
    this.#lines -= entry.lines;
    this.#free(entry);
    this.#ledger.settle(fate);
    const lost = entry.lines - fate.acknowledged;
    if (lost > 0) this.#events.lost(lost, reason ?? '');
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
    else this.#waiting--;
    this.#events.free(entry.batch);
    entry.batch = undefined;
  }

  #dropOldest(): void {
    for (const entry of this.#outstanding.values()) {
      if (entry.batch === undefined || entry.posted) continue;
      const fate = { acknowledged: 0, rejected: 0, dropped: entry.lines, unknown: 0 };
      this.#settle(entry, fate, 'the worker thread does not take requests');
      return;
    }
  }

  #start(): Thread | undefined {
    const { port1: port, port2 } = new MessageChannel();
    const signal = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
    let worker: Worker;
    try {
      const setup: WorkerSetup = { ...this.#options, port: port2, signal };
      worker = new Worker(new URL('./worker.js', import.meta.url), {
        name: 'raw-requests',
        workerData: setup,
        transferList: [port2],
        // No preload of the application (`--import`, `--require`, NODE_OPTIONS) runs in there, and no secret of its
        // environment is copied.
        execArgv: [],
        env: {},
      });
    } catch (error) {
      port.close();
      this.#events.died(error as Error);
      this.#scheduleRestart();
      return undefined;
    }
    const thread: Thread = { worker, port, signal };
    // Without a listener for `error`, a worker that throws would end the process.
    let cause: Error | undefined;
    worker.on('error', (error) => {
      cause = error;
    });
    worker.on('exit', () => {
      if (this.#thread !== thread) return; // ended by close()
      this.#thread = undefined;
      this.#events.died(cause);
      this.#scheduleRestart();
    });
    port.on('message', (message: FromWorker) => this.#receive(message));
    port.unref();
    worker.unref();
    this.#thread = thread;
    for (const { parcel } of this.#outstanding.values())
      if (parcel !== undefined) this.#tell({ type: 'parcel', parcel });
    return thread;
  }

  #scheduleRestart(): void {
    for (const entry of this.#outstanding.values()) {
      if (entry.batch === undefined || !entry.posted) continue;
      entry.posted = false;
      this.#waiting++;
      this.#untaken--;
    }
    const delayMs = Math.min(RESTART_LONGEST_MS, RESTART_FIRST_MS * 2 ** this.#deaths++);
    this.#restart = setTimeout(() => {
      this.#restart = undefined;
      if (this.#outstanding.size > 0) this.#thread ??= this.#start();
      this.#post(WINDOW);
    }, delayMs);
    this.#restart.unref();
  }
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
