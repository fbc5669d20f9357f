import { caught, unawaited } from '../safety/guard.ts';
import { asError } from '../safety/thrown.ts';
import { after, cancel } from '../safety/time.ts';
import type { Lines } from './lines/lines.ts';
import { PendingWrite, type ResultListener } from './queue/pending-write.ts';
import { Queue } from './queue/queue.ts';
import { Backoff } from './send/backoff.ts';
import { Bisector } from './send/bisect.ts';
import type { Endpoint } from './send/endpoint.ts';
import type { Verdict } from './send/judge.ts';
import type { RetryDelays } from './send/retry.ts';
import { createSender, type Sender } from './send/sender.ts';
import { createViewSender } from './send/view-sender.ts';
import { spoolKey } from './spool/owner.ts';
import { SpoolStage, type SpoolStageEvents, type SpoolStageOptions } from './spool/spool-stage.ts';

/** Of the time there is at the end, the part after which what is left goes to the spool. */
const SPOOL_DEADLINE_SHARE = 0.7;
/** After an error in here that concerns no lines. */
const ERROR_PAUSE_MS = 1000;
const CLOSED_REASON = 'not delivered before the end';

export interface ExporterOptions {
  readonly destination: Endpoint;
  /** Of one attempt, from its first byte to the last of the answer. */
  readonly timeoutMs: number;
  /** Bound on the lines that wait in memory. */
  readonly maxQueueBytes: number;
  /** Where to keep what the destination does not take; undefined: in memory only. */
  readonly spool?: SpoolStageOptions | undefined;
  /** Failed attempts in a row after which lines are given up. @default none: they are made without end */
  readonly maxAttempts?: number | undefined;
  /** See {@link Bisector}. */
  readonly maxRefusals?: number | undefined;
  readonly retryDelays?: RetryDelays | undefined;
  /** Whether what is under way keeps the process alive: never in an application. @default false */
  readonly keepsProcessAlive?: boolean | undefined;
}

export interface ExporterEvents extends SpoolStageEvents {
  /** The destination stopped taking lines, or takes them again. */
  state(up: boolean, reason: string): void;
}

/**
 * The one way out: takes lines, and tells their holders what became of each.
 *
 * ```
 * export -> queue -> send -> judge -> bisector -> settled
 *           |   ^              |
 *           spool <- backoff <-+
 * ```
 *
 * One request is in flight at a time. It knows neither threads nor what the lines are about. What goes wrong in here is
 * the result of the lines concerned; the others are delivered all the same.
 */
export class Exporter {
  readonly #events: Partial<ExporterEvents>;
  readonly #queue: Queue;
  readonly #sender: Sender;
  readonly #bisector: Bisector;
  readonly #backoff: Backoff;
  readonly #spoolStage: SpoolStage | undefined;
  readonly #maxAttempts: number;
  readonly #keepsProcessAlive: boolean;
  /** An attempt at once was asked for while there was one for something else: it follows, should that fail. */
  #flushRequested = false;
  #finishing = false;
  #isDenied = false;
  #closed = false;
  /** Ends the wait of the loop for something to send. */
  #wake: () => void = () => {};
  /** Told when nothing is on its way, and when nothing more can be done at the end of the process. */
  #drained: (() => void)[] = [];
  #finished: (() => void)[] = [];

  constructor(options: ExporterOptions, events: Partial<ExporterEvents> = {}) {
    const {
      destination,
      maxQueueBytes,
      spool,
      maxRefusals,
      retryDelays,
      keepsProcessAlive = false,
    } = options;
    this.#events = events;
    this.#queue = new Queue(maxQueueBytes);
    this.#sender = destination.isView
      ? createViewSender(createSender(options), destination.url)
      : createSender(options);
    this.#bisector = new Bisector(maxRefusals);
    this.#backoff = new Backoff(retryDelays, keepsProcessAlive);
    this.#spoolStage = spool && new SpoolStage(spool, spoolKey(destination), events, () => this.#wake());
    this.#maxAttempts = options.maxAttempts ?? Number.POSITIVE_INFINITY;
    this.#keepsProcessAlive = keepsProcessAlive;
    unawaited('the delivery', this.#run());
  }

  /** What waits in memory. */
  get queuedBytes(): number {
    return this.#queue.bytes;
  }

  /** The destination is there, and does not take lines until somebody repairs what is wrong. */
  get isDenied(): boolean {
    return this.#isDenied;
  }

  /** Takes over lines. @param maybeStored an attempt may have stored them without our knowing */
  export(lines: Lines, listener: ResultListener, maybeStored = false): void {
    const pending = new PendingWrite(lines, listener, maybeStored);
    if (this.#closed) this.#settle(pending, CLOSED_REASON);
    else if (this.#backoff.failures === 0 || !this.#spool(pending)) {
      for (const gone of this.#queue.push(pending)) this.#evict(gone, 'the queue is full');
      this.#wake();
    }
  }

  /** Tries at once, whatever delay is running; while an attempt is under way, when that has failed. */
  flush(): void {
    this.#flushRequested = this.#queue.size > 1;
    this.#backoff.endWait();
    this.#wake();
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
      this.#wake();
    });
  }

  /**
   * The process ends: delivers what it can without waiting for another attempt, and puts the waitForWork on disk. Resolves then,
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
      const ms = this.#spoolStage === undefined ? timeoutMs : timeoutMs * SPOOL_DEADLINE_SHARE;
      const timer = after('the end of the delivery', ms, atLast);
      if (this.#keepsProcessAlive) timer.ref();
      this.#finished.push(() => {
        cancel(timer);
        resolve();
      });
      this.#backoff.endWait();
      this.#wake();
    });
  }

  /** Puts what waits on disk, as far as there is one; blocks meanwhile. */
  spoolAll(inFlight = false): void {
    for (const pending of this.#queue.waiting(inFlight)) {
      if (pending.isSpoolable && !this.#spool(pending)) return;
    }
  }

  /** Gives up what is left, and stops. */
  close(reason: string = CLOSED_REASON): void {
    this.#closed = true;
    if (this.#queue.inFlight !== undefined) this.#queue.inFlight.maybeStored = true;
    for (const pending of this.#queue.waiting(true)) this.#evict(pending, reason);
    this.#spoolStage?.close();
    this.#sender.close();
    this.#backoff.endWait();
    this.#wake();
    for (const over of [...this.#drained.splice(0), ...this.#finished.splice(0)]) over();
  }

  async #run(): Promise<void> {
    while (!this.#closed) {
      try {
        const pending = this.#takeNext();
        await (pending === undefined ? this.#waitForWork() : this.#attempt(pending));
      } catch (error) {
        await this.#handleError(error);
      }
    }
  }

  /** What has waited in memory, then what waits on disk; from now on in flight. */
  #takeNext(): PendingWrite | undefined {
    const pending = this.#queue.take();
    if (pending !== undefined) return pending;
    const spooled = this.#spoolStage?.next();
    if (spooled === undefined) return undefined;
    this.#queue.start(spooled);
    return spooled;
  }

  async #attempt(pending: PendingWrite): Promise<void> {
    this.#flushRequested = false;
    const verdict = await this.#sender.send(pending.remaining[0]!.body);
    if (!this.#queue.has(pending)) return; // it is on disk, or given up, since the end came meanwhile
    if (verdict.kind === 'retry') return this.#failed(pending, verdict);
    if (this.#backoff.failures > 0) this.#events.state?.(true, '');
    this.#backoff.succeeded();
    this.#isDenied = false;
    await this.#bisector.apply(pending, verdict);
    if (pending.remaining.length === 0 && this.#queue.has(pending)) this.#settle(pending);
  }

  /** The attempt has come to nothing: the lines stay where they were. */
  async #failed(
    pending: PendingWrite,
    { reason, afterMs, maybeStored, denied }: Extract<Verdict, { kind: 'retry' }>,
  ): Promise<void> {
    pending.maybeStored ||= maybeStored;
    this.#isDenied = denied;
    this.#queue.release();
    if (pending.file !== undefined && pending.isWhole) this.#evict(pending, reason);
    this.#backoff.failed();
    if (this.#backoff.failures === 1) this.#events.state?.(false, reason);
    if (this.#backoff.failures >= this.#maxAttempts) this.#giveUpAll(reason);
    this.spoolAll();
    if (this.#finishing) this.#finish(); // there is no time for waiting
    if (!this.#flushRequested) await this.#backoff.wait(afterMs);
  }

  /** There is nothing to send: waits for something. */
  #waitForWork(): Promise<void> {
    for (const drained of this.#drained.splice(0)) drained();
    if (this.#finishing) this.#finish();
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  /** An error in here, which must not happen again and again: the lines that it concerns, if any, go. */
  async #handleError(thrown: unknown): Promise<void> {
    caught('the delivery', thrown);
    const concerned = this.#queue.inFlight;
    if (concerned === undefined) {
      await new Promise<void>((resolve) => after('the pause after an error', ERROR_PAUSE_MS, resolve));
      return;
    }
    try {
      this.#settle(concerned, `cannot be delivered: ${asError(thrown).message}`);
    } catch {
      // Their listener cannot be told: it has thrown, or the disk has.
    }
  }

  #giveUpAll(reason: string): void {
    for (const pending of this.#queue.waiting(true)) this.#evict(pending, reason);
  }

  /** The lines cannot stay in memory: they go to the disk, or are given up. */
  #evict(pending: PendingWrite, reason: string): void {
    this.#queue.remove(pending);
    if (pending.file !== undefined && pending.isWhole)
      this.#spoolStage?.release(pending.file, pending.maybeStored);
    else if (!this.#spool(pending)) this.#settle(pending, reason);
  }

  #spool(pending: PendingWrite): boolean {
    if (!pending.isSpoolable || this.#spoolStage?.put(pending) !== true) return false;
    this.#queue.remove(pending);
    return true;
  }

  #settle(pending: PendingWrite, reason?: string): void {
    this.#queue.remove(pending);
    const result = pending.result(reason);
    if (pending.file === undefined) pending.listener.settled(result);
    else this.#spoolStage?.done(pending.file, result);
  }

  #finish(): void {
    this.#spoolStage?.close();
    for (const finished of this.#finished.splice(0)) finished();
  }
}
