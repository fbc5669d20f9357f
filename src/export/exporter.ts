import { caught, unawaited } from '../safety/guard.ts';
import { asError } from '../safety/thrown.ts';
import { after, cancel } from '../safety/time.ts';
import type { Lines } from './lines/lines.ts';
import { type Holder, Pending } from './queue/pending.ts';
import { Queue } from './queue/queue.ts';
import { Backoff } from './send/backoff.ts';
import type { Endpoint } from './send/endpoint.ts';
import type { Verdict } from './send/judge.ts';
import type { RetryTimes } from './send/retry.ts';
import { Search } from './send/search.ts';
import { createSender, type Sender } from './send/send.ts';
import { onlyToView } from './send/send-to-view.ts';
import { spoolKey } from './spool/owner.ts';
import { Spooler, type SpoolerEvents, type SpoolerOptions } from './spool/spooler.ts';

/** Of the time there is at the end, the part after which what is left goes to the spool. */
const LAST_MOMENT = 0.7;
/** After an error in here that concerns no lines. */
const PAUSE_MS = 1000;
const CLOSED = 'not delivered before the end';

export interface ExporterOptions {
  readonly destination: Endpoint;
  /** Of one attempt, from its first byte to the last of the answer. */
  readonly timeoutMs: number;
  /** Bound on the lines that wait in memory. */
  readonly maxQueueBytes: number;
  /** Where to keep what the destination does not take; undefined: in memory only. */
  readonly spool?: SpoolerOptions | undefined;
  /** Failed attempts in a row after which lines are given up. @default none: they are made without end */
  readonly maxAttempts?: number | undefined;
  /** See {@link Search}. */
  readonly maxRefusals?: number | undefined;
  readonly retryTimes?: RetryTimes | undefined;
  /** Whether what is under way keeps the process alive: never in an application. @default false */
  readonly holdsProcess?: boolean | undefined;
}

export interface ExporterEvents extends SpoolerEvents {
  /** The destination stopped taking lines, or takes them again. */
  state(up: boolean, reason: string): void;
}

/**
 * The one way out: takes lines, and tells their holders what became of each.
 *
 * ```
 * export -> queue -> send -> judge -> search -> settled
 *           |   ^              |
 *           spool <- backoff <-+
 * ```
 *
 * One request is in flight at a time. It knows neither threads nor what the lines are about. What goes wrong in here is
 * the fate of the lines concerned; the others are delivered all the same.
 */
export class Exporter {
  readonly #events: Partial<ExporterEvents>;
  readonly #queue: Queue;
  readonly #sender: Sender;
  readonly #search: Search;
  readonly #backoff: Backoff;
  readonly #spooler: Spooler | undefined;
  readonly #maxAttempts: number;
  readonly #holdsProcess: boolean;
  /** An attempt at once was asked for while there was one for something else: it follows, should that fail. */
  #hurried = false;
  #finishing = false;
  #isHeld = false;
  #closed = false;
  /** Ends the wait of the loop for something to send. */
  #arrived: () => void = () => {};
  /** Told when nothing is on its way, and when nothing more can be done at the end of the process. */
  #drained: (() => void)[] = [];
  #finished: (() => void)[] = [];

  constructor(options: ExporterOptions, events: Partial<ExporterEvents> = {}) {
    const { destination, maxQueueBytes, spool, maxRefusals, retryTimes, holdsProcess = false } = options;
    this.#events = events;
    this.#queue = new Queue(maxQueueBytes);
    this.#sender = destination.isView
      ? onlyToView(createSender(options), destination.url)
      : createSender(options);
    this.#search = new Search(maxRefusals);
    this.#backoff = new Backoff(retryTimes, holdsProcess);
    this.#spooler = spool && new Spooler(spool, spoolKey(destination), events, () => this.#arrived());
    this.#maxAttempts = options.maxAttempts ?? Number.POSITIVE_INFINITY;
    this.#holdsProcess = holdsProcess;
    unawaited('the delivery', this.#run());
  }

  /** What waits in memory. */
  get queuedBytes(): number {
    return this.#queue.bytes;
  }

  /** The destination is there, and does not take lines until somebody repairs what is wrong. */
  get isHeld(): boolean {
    return this.#isHeld;
  }

  /** Takes over lines. @param uncertain an attempt may have stored them without our knowing */
  export(lines: Lines, holder: Holder, uncertain = false): void {
    const pending = new Pending(lines, holder, uncertain);
    if (this.#closed) this.#settle(pending, CLOSED);
    else if (this.#backoff.failures === 0 || !this.#spool(pending)) {
      for (const gone of this.#queue.push(pending)) this.#letGo(gone, 'the queue is full');
      this.#arrived();
    }
  }

  /** Tries at once, whatever delay is running; while an attempt is under way, when that has failed. */
  flush(): void {
    this.#hurried = this.#queue.size > 1;
    this.#backoff.hurry();
    this.#arrived();
  }

  /** Resolves when nothing is on its way any more, or after `timeoutMs`, which keep the process alive. */
  drain(timeoutMs: number): Promise<void> {
    if (this.#closed) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = after('the end of a wait for the delivery', timeoutMs, resolve).ref();
      this.#drained.push(() => {
        cancel(timer);
        resolve();
      });
      this.#arrived();
    });
  }

  /**
   * The process ends: delivers what it can without waiting for another attempt, and puts the rest on disk. Resolves then,
   * or after `timeoutMs`.
   */
  finish(timeoutMs: number): Promise<void> {
    if (this.#closed) return Promise.resolve();
    return new Promise((resolve) => {
      this.#finishing = true;
      const atLast = () => {
        this.spoolAll(true);
        this.#finish();
      };
      const ms = this.#spooler === undefined ? timeoutMs : timeoutMs * LAST_MOMENT;
      const timer = after('the end of the delivery', ms, atLast);
      if (this.#holdsProcess) timer.ref();
      this.#finished.push(() => {
        cancel(timer);
        resolve();
      });
      this.#backoff.hurry();
      this.#arrived();
    });
  }

  /** Puts what waits on disk, as far as there is one; blocks meanwhile. */
  spoolAll(inFlight = false): void {
    for (const pending of this.#queue.waiting(inFlight)) {
      if (pending.isSpoolable && !this.#spool(pending)) return;
    }
  }

  /** Gives up what is left, and stops. */
  close(reason: string = CLOSED): void {
    this.#closed = true;
    if (this.#queue.inFlight !== undefined) this.#queue.inFlight.uncertain = true;
    for (const pending of this.#queue.waiting(true)) this.#letGo(pending, reason);
    this.#spooler?.close();
    this.#sender.close();
    this.#backoff.hurry();
    this.#arrived();
    for (const over of [...this.#drained.splice(0), ...this.#finished.splice(0)]) over();
  }

  async #run(): Promise<void> {
    while (!this.#closed) {
      try {
        const pending = this.#next();
        await (pending === undefined ? this.#rest() : this.#attempt(pending));
      } catch (error) {
        await this.#survive(error);
      }
    }
  }

  /** What has waited in memory, then what waits on disk; from now on in flight. */
  #next(): Pending | undefined {
    const pending = this.#queue.take();
    if (pending !== undefined) return pending;
    const spooled = this.#spooler?.next();
    if (spooled === undefined) return undefined;
    this.#queue.start(spooled);
    return spooled;
  }

  async #attempt(pending: Pending): Promise<void> {
    this.#hurried = false;
    const verdict = await this.#sender.send(pending.parts[0]!.body);
    if (!this.#queue.has(pending)) return; // it is on disk, or given up, since the end came meanwhile
    if (verdict.kind === 'retry') return this.#failed(pending, verdict);
    if (this.#backoff.failures > 0) this.#events.state?.(true, '');
    this.#backoff.succeeded();
    this.#isHeld = false;
    await this.#search.apply(pending, verdict);
    if (pending.parts.length === 0 && this.#queue.has(pending)) this.#settle(pending);
  }

  /** The attempt has come to nothing: the lines stay where they were. */
  async #failed(
    pending: Pending,
    { reason, afterMs, uncertain, held }: Extract<Verdict, { kind: 'retry' }>,
  ): Promise<void> {
    pending.uncertain ||= uncertain;
    this.#isHeld = held;
    this.#queue.release();
    if (pending.file !== undefined && pending.isWhole) this.#letGo(pending, reason);
    this.#backoff.failed();
    if (this.#backoff.failures === 1) this.#events.state?.(false, reason);
    if (this.#backoff.failures >= this.#maxAttempts) this.#giveUp(reason);
    this.spoolAll();
    if (this.#finishing) this.#finish(); // there is no time for waiting
    if (!this.#hurried) await this.#backoff.wait(afterMs);
  }

  /** There is nothing to send: waits for something. */
  #rest(): Promise<void> {
    for (const drained of this.#drained.splice(0)) drained();
    if (this.#finishing) this.#finish();
    return new Promise((resolve) => {
      this.#arrived = resolve;
    });
  }

  /** An error in here, which must not happen again and again: the lines that it concerns, if any, go. */
  async #survive(thrown: unknown): Promise<void> {
    caught('the delivery', thrown);
    const concerned = this.#queue.inFlight;
    if (concerned === undefined) {
      await new Promise<void>((resolve) => after('the pause after an error', PAUSE_MS, resolve));
      return;
    }
    try {
      this.#settle(concerned, `cannot be delivered: ${asError(thrown).message}`);
    } catch {
      // Their holder cannot be told: it has thrown, or the disk has.
    }
  }

  #giveUp(reason: string): void {
    for (const pending of this.#queue.waiting(true)) this.#letGo(pending, reason);
  }

  /** The lines cannot stay in memory: they go to the disk, or are given up. */
  #letGo(pending: Pending, reason: string): void {
    this.#queue.remove(pending);
    if (pending.file !== undefined && pending.isWhole)
      this.#spooler?.release(pending.file, pending.uncertain);
    else if (!this.#spool(pending)) this.#settle(pending, reason);
  }

  #spool(pending: Pending): boolean {
    if (!pending.isSpoolable || this.#spooler?.put(pending) !== true) return false;
    this.#queue.remove(pending);
    return true;
  }

  #settle(pending: Pending, reason?: string): void {
    this.#queue.remove(pending);
    const fate = pending.fate(reason);
    if (pending.file === undefined) pending.holder.settled(fate);
    else this.#spooler?.done(pending.file, fate);
  }

  #finish(): void {
    this.#spooler?.close();
    for (const finished of this.#finished.splice(0)) finished();
  }
}
