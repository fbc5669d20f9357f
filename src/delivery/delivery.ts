import type { BatchContent } from '../record/batch.ts';
import type { Fate, FromWorker, Parcel, Point, ToWorker, WorkerSetup } from '../record/protocol.ts';
import { encodeBatch } from './encode.ts';
import { encodePoints } from './encode-point.ts';
import type { Verdict } from './judge.ts';
import { LineBuffer } from './line-buffer.ts';
import { compress, halve } from './part.ts';
import { Pending, Queue } from './queue.ts';
import { retryDelay } from './retry.ts';
import { createSend, type Send } from './send.ts';

/**
 * Most requests made for one parcel to find the lines in it that a database refuses: enough for about twenty among
 * 5000. What is left then is rejected as it is. Fewer where the last search found no line that was taken.
 */
const MOST_ATTEMPTS = 512;
const FEW_ATTEMPTS = 32;
/** Id of parcels that are not requests. */
const UNCOUNTED = 0;

export type DeliverySetup = Pick<WorkerSetup, 'destination' | 'tags' | 'timeoutMs' | 'maxQueueBytes'>;

/**
 * encode -> queue -> send -> judge: takes batches, and tells what became of each. One request is in flight at a time.
 * It knows no threads: `worker.ts` runs it in one, `courier.ts` on the main thread where there can be none.
 */
export class Delivery {
  readonly #tags: Readonly<Record<string, string>>;
  readonly #tell: (message: FromWorker) => void;
  readonly #send: Send;
  readonly #queue: Queue;
  readonly #buffer = new LineBuffer();
  #failures = 0;
  /** Of the last parcel that was refused, every line was. */
  #refusesAll = false;
  #finishing = false;
  /** End the waits of the loop: for something to send, and for the time of the next attempt. */
  #arrived: () => void = () => {};
  #hurry: () => void = () => {};

  constructor(setup: DeliverySetup, tell: (message: FromWorker) => void) {
    this.#tags = setup.tags;
    this.#tell = tell;
    this.#send = createSend(setup);
    this.#queue = new Queue(setup.maxQueueBytes);
    void this.#run();
  }

  receive(message: ToWorker): void {
    switch (message.type) {
      case 'batch':
        this.#accept(message.id, message.content);
        break;
      case 'parcel':
        this.#enqueue(new Pending(message.parcel, true));
        break;
      case 'points':
        this.#enqueue(new Pending(this.#packPoints(message.points), false));
        break;
      case 'flush':
        this.#hurry();
        break;
      case 'finish':
        this.#finishing = true;
        this.#hurry();
        break;
    }
    this.#arrived();
  }

  async #run(): Promise<void> {
    for (;;) {
      const pending = this.#queue.take();
      if (pending === undefined) {
        if (this.#finishing) this.#tell({ type: 'finished' });
        await new Promise<void>((resolve) => {
          this.#arrived = resolve;
        });
        continue;
      }
      const verdict = await this.#send(pending.parts[0]!.body);
      if (verdict.kind === 'retry') {
        pending.uncertain ||= verdict.uncertain;
        this.#queue.release();
        this.#failures++;
        if (this.#failures === 1) this.#tell({ type: 'state', up: false, reason: verdict.reason });
        // There is no time for waiting.
        if (this.#finishing) this.#tell({ type: 'finished' });
        await this.#delay(retryDelay(this.#failures, Math.random(), verdict.afterMs));
        continue;
      }
      if (this.#failures > 0) this.#tell({ type: 'state', up: true, reason: '' });
      this.#failures = 0;
      this.#apply(pending, verdict);
      if (pending.parts.length > 0) continue;
      this.#queue.settle();
      this.#settle(pending.parcel.id, pending.fate, pending.reason);
    }
  }

  /** What an answer means for the part that was sent; the other parts of the parcel are not concerned. */
  #apply(pending: Pending, verdict: Exclude<Verdict, { kind: 'retry' }>): void {
    const part = pending.parts.shift()!;
    pending.attempts++;
    if (part.lines > 0 && (verdict.kind === 'stored' || verdict.kind === 'partial')) this.#refusesAll = false;
    if (verdict.kind === 'stored') {
      pending.acknowledged += part.lines;
      return;
    }
    pending.reason = verdict.reason;
    if (verdict.kind === 'partial') {
      const rejected = Math.min(verdict.lines, part.lines);
      pending.rejected += rejected;
      pending.acknowledged += part.lines - rejected;
      return;
    }
    if (part.lines > 1 && pending.attempts < (this.#refusesAll ? FEW_ATTEMPTS : MOST_ATTEMPTS)) {
      pending.parts.unshift(...halve(part));
      return;
    }
    pending.rejected += part.lines;
    const { lines } = pending.parcel;
    if (lines > 1 && pending.rejected === lines) this.#refusesAll = true;
  }

  #delay(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms).unref();
      this.#hurry = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  #accept(id: number, content: BatchContent): void {
    try {
      const parcel = this.#pack(id, content);
      this.#tell({ type: 'taken', parcel });
      this.#enqueue(new Pending(parcel, false));
    } catch (error) {
      const fate = { acknowledged: 0, rejected: 0, dropped: content.rows, unknown: 0 };
      this.#settle(id, fate, `cannot encode: ${(error as Error).message}`);
    }
  }

  /** Shared memory, so that the main thread can hold it as well: what it holds outlives a worker. */
  #pack(id: number, content: BatchContent): Parcel {
    const gzipped = compress(encodeBatch(content, this.#tags, this.#buffer));
    const body = new Uint8Array(new SharedArrayBuffer(gzipped.byteLength));
    body.set(gzipped);
    return { id, lines: content.rows, body };
  }

  #packPoints(points: readonly Point[]): Parcel {
    return { id: UNCOUNTED, lines: 0, body: compress(Buffer.from(encodePoints(points, this.#tags))) };
  }

  #enqueue(pending: Pending): void {
    for (const gone of this.#queue.push(pending)) {
      this.#settle(gone.parcel.id, gone.fate, 'the queue is full');
    }
  }

  #settle(id: number, fate: Fate, reason: string | undefined): void {
    if (id === UNCOUNTED) return;
    this.#tell({ type: 'settled', id, fate, reason });
  }
}
