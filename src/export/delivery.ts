import { RequestMetrics } from '../metrics/request-metrics.ts';
import type { BatchContent } from '../record/batch.ts';
import type { Fate, FromWorker, Parcel, Point, ToWorker, WorkerSetup } from '../record/protocol.ts';
import { encodeBatch } from './encode/encode-batch.ts';
import { encodePoints } from './encode/encode-points.ts';
import { LineBuffer } from './encode/line-buffer.ts';
import { compress, halve } from './queue/part.ts';
import { Pending, Queue } from './queue/queue.ts';
import type { Verdict } from './send/judge.ts';
import { retryDelay } from './send/retry.ts';
import { createSend, type Send } from './send/send.ts';
import { onlyToView } from './send/send-to-view.ts';
import { spoolKey } from './spool/owner.ts';
import { Spool } from './spool/spool.ts';

/**
 * Most requests made for one parcel to find the lines in it that a database refuses: enough for about twenty among
 * 5000. What is left then is rejected as it is. Fewer where the last search found no line that was taken.
 */
const MOST_ATTEMPTS = 512;
const FEW_ATTEMPTS = 32;
/** Id of parcels that the main thread does not hold: points that are not requests, and what was on disk. */
const NOT_HELD = 0;
/** How often the spools of dead processes are looked for. */
const ADOPT_MS = 30_000;
/** Of the time there is at the end, the part after which what is left goes to the spool. */
const LAST_MOMENT = 0.7;

export type DeliverySetup = Omit<WorkerSetup, 'port' | 'signal'>;

/**
 * encode -> queue -> send -> judge, and the spool: takes batches, and tells what became of each. One request is in
 * flight at a time. It knows no threads: `worker.ts` runs it in one, `courier.ts` on the main thread where there can be
 * none.
 */
export class Delivery {
  readonly #tags: Readonly<Record<string, string>>;
  readonly #tell: (message: FromWorker) => void;
  readonly #send: Send;
  readonly #queue: Queue;
  readonly #spool: Spool | undefined;
  readonly #requestMetrics: RequestMetrics | undefined;
  readonly #buffer = new LineBuffer();
  /** Attempts in a row that came to nothing: the database does not take requests. */
  #failures = 0;
  /** Of the last parcel that was refused, every line was. */
  #refusesAll = false;
  #finishing = false;
  /** An attempt at once was asked for while there was one for something else: it follows, should that fail. */
  #hurried = false;
  /** End the waits of the loop: for something to send, and for the time of the next attempt. */
  #arrived: () => void = () => {};
  #hurry: () => void = () => {};

  constructor(setup: DeliverySetup, tell: (message: FromWorker) => void) {
    this.#tags = setup.tags;
    this.#tell = tell;
    const send = createSend(setup);
    this.#send = setup.destination.isView ? onlyToView(send, setup.destination.url) : send;
    this.#queue = new Queue(setup.maxQueueBytes);
    this.#spool = setup.spool && this.#openSpool(setup.spool, spoolKey(setup.destination));
    if (setup.requestMetrics) this.#requestMetrics = new RequestMetrics(setup.concurrency);
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
      case 'period': {
        const points = [...(this.#requestMetrics?.points(message.sample) ?? []), ...message.points];
        if (points.length > 0) this.#enqueue(new Pending(this.#packPoints(points), false));
        break;
      }
      case 'flush':
        this.#hurried = this.#queue.size > 1;
        this.#hurry();
        break;
      case 'finish':
        this.#finish(message.timeoutMs);
        break;
    }
    this.#arrived();
  }

  /** Puts what waits on disk, as far as there is one; blocks meanwhile. */
  spoolAll(inFlight = false): void {
    if (this.#spool === undefined) return;
    this.#queue.remove((pending) => isSpoolable(pending) && this.#putIntoSpool(pending), inFlight);
  }

  async #run(): Promise<void> {
    for (;;) {
      const pending = this.#next();
      if (pending === undefined) {
        if (this.#finishing) this.#finished();
        await new Promise<void>((resolve) => {
          this.#arrived = resolve;
        });
        continue;
      }
      this.#hurried = false;
      const verdict = await this.#send(pending.parts[0]!.body);
      if (verdict.kind === 'retry') {
        pending.uncertain ||= verdict.uncertain;
        this.#putBack(pending);
        this.#failures++;
        if (this.#failures === 1) this.#tell({ type: 'state', up: false, reason: verdict.reason });
        this.spoolAll();
        if (this.#finishing) this.#finished(); // there is no time for waiting
        if (!this.#hurried) await this.#delay(retryDelay(this.#failures, Math.random(), verdict.afterMs));
        continue;
      }
      if (this.#failures > 0) this.#tell({ type: 'state', up: true, reason: '' });
      this.#failures = 0;
      this.#apply(pending, verdict);
      if (pending.parts.length > 0) continue;
      this.#queue.settle();
      this.#settle(pending, pending.reason);
    }
  }

  /** What has waited in memory, then what waits on disk; from now on in flight. */
  #next(): Pending | undefined {
    const pending = this.#queue.take();
    if (pending !== undefined) return pending;
    const entry = this.#spool?.next();
    if (entry === undefined) return undefined;
    const { lines, body, uncertain } = entry;
    this.#queue.push(new Pending({ id: NOT_HELD, lines, body }, uncertain, entry));
    return this.#queue.take();
  }

  /** The attempt has come to nothing: it stays where it was. */
  #putBack(pending: Pending): void {
    if (pending.entry === undefined || !pending.whole) {
      this.#queue.release();
      return;
    }
    this.#queue.settle();
    this.#returnToSpool(pending);
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
    // Only what is refused alone was looked at: the rest may have been stored by an earlier attempt all the same.
    if (pending.uncertain && (verdict.kind === 'split' || part.lines > 1)) pending.unknown += part.lines;
    else pending.rejected += part.lines;
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
      this.#requestMetrics?.add(content);
      this.#tell({ type: 'taken', parcel });
      this.#enqueue(new Pending(parcel, false));
    } catch (error) {
      const fate = { acknowledged: 0, rejected: 0, dropped: content.rows, unknown: 0 };
      this.#tell({ type: 'settled', id, fate, reason: `cannot encode: ${(error as Error).message}` });
    }
  }

  #pack(id: number, content: BatchContent): Parcel {
    return { id, lines: content.rows, body: compress(encodeBatch(content, this.#tags, this.#buffer)) };
  }

  #packPoints(points: readonly Point[]): Parcel {
    return { id: NOT_HELD, lines: 0, body: compress(Buffer.from(encodePoints(points, this.#tags))) };
  }

  #enqueue(pending: Pending): void {
    if (this.#failures > 0 && isSpoolable(pending) && this.#putIntoSpool(pending)) return;
    for (const gone of this.#queue.push(pending)) {
      if (gone.entry !== undefined && gone.whole) this.#returnToSpool(gone);
      else if (!isSpoolable(gone) || !this.#putIntoSpool(gone)) this.#settle(gone, 'the queue is full');
    }
  }

  #settle({ parcel: { id }, entry, fate }: Pending, reason: string | undefined): void {
    if (entry !== undefined) {
      this.#spool?.done(entry);
      this.#tell({ type: 'unspooled', name: entry.name, own: entry.own, fate, reason });
    } else if (id !== NOT_HELD) {
      this.#tell({ type: 'settled', id, fate, reason });
    }
  }

  #openSpool({ dir, maxBytes }: { dir: string; maxBytes: number }, key: string): Spool {
    const spool = new Spool({
      dir,
      maxBytes,
      key,
      events: {
        lost: ({ name, own, lines, uncertain, reason }) => {
          const fate: Fate = {
            acknowledged: 0,
            rejected: 0,
            dropped: uncertain ? 0 : lines,
            unknown: uncertain ? lines : 0,
          };
          this.#tell({ type: 'unspooled', name, own, fate, reason });
        },
        damaged: (file, reason) => this.#tell({ type: 'warning', text: `${file} is damaged: ${reason}` }),
      },
    });
    spool.adopt();
    this.#tell({ type: 'adopted', names: spool.ownNames });
    setInterval(() => {
      spool.adopt();
      this.#arrived();
    }, ADOPT_MS).unref();
    return spool;
  }

  #putIntoSpool({ parcel: { id, lines, body }, uncertain }: Pending): boolean {
    const put = this.#spool?.put({ lines, body, uncertain });
    if (put === undefined) return false;
    if (put.kept) this.#tell({ type: 'spooled', id, name: put.name });
    else this.#tell({ type: 'warning', text: `${put.reason}; it waits in memory` });
    return put.kept;
  }

  #returnToSpool({ entry, uncertain }: Pending): void {
    if (entry === undefined) return;
    entry.uncertain = uncertain;
    this.#spool?.release(entry);
  }

  #finish(timeoutMs: number): void {
    this.#finishing = true;
    this.#hurry();
    if (this.#spool === undefined) return;
    setTimeout(() => {
      this.spoolAll(true);
      this.#finished();
    }, timeoutMs * LAST_MOMENT).unref();
  }

  #finished(): void {
    this.#spool?.close();
    this.#tell({ type: 'finished' });
  }
}

/** Lines that are not on disk, and of which all is still to be sent. */
function isSpoolable({ parcel, entry, whole }: Pending): boolean {
  return parcel.lines > 0 && entry === undefined && whole;
}
