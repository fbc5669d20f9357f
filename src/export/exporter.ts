import { caught, unawaited } from '../safety/guard.ts';
import { asError } from '../safety/thrown.ts';
import { after, cancel } from '../safety/time.ts';
import type { Lines } from './lines/lines.ts';
import { PendingWrite, type ResultListener } from './queue/pending-write.ts';
import { Queue } from './queue/queue.ts';
import { Backoff } from './send/backoff.ts';
import { Bisector } from './send/bisect.ts';
import { type Endpoint, timestampUnitOf } from './send/endpoint.ts';
import type { Verdict } from './send/judge.ts';
import type { RetryDelays } from './send/retry.ts';
import { createSender, type Sender } from './send/sender.ts';
import { createViewSender, NO_LISTENER } from './send/view-sender.ts';
import { SpoolStage, type SpoolStageEvents, type SpoolStageOptions } from './spool/spool-stage.ts';

/** The share of the time for `finish` after which the queue is moved to the spool. */
const SPOOL_DEADLINE_SHARE = 0.7;
/** The pause after an internal error that concerns no lines. */
const ERROR_PAUSE_MS = 1000;
/** The live view is started by one of its writers: so many attempts may fail before that is a fault. */
const VIEW_START_ATTEMPTS = 4;
const CLOSED_REASON = 'not delivered before the end';

export interface ExporterOptions {
  readonly destination: Endpoint;
  /** Deadline of an attempt, from its first byte to the last byte of the response. */
  readonly timeoutMs: number;
  /** Limit of the queue in memory. */
  readonly maxQueueBytes: number;
  /** The spool for lines that the destination does not accept; undefined: memory only. */
  readonly spool?: SpoolStageOptions | undefined;
  /** Failed attempts in a row after which lines are given up. @default unlimited */
  readonly maxAttempts?: number | undefined;
  /** See {@link Bisector}. */
  readonly maxRefusals?: number | undefined;
  readonly retryDelays?: RetryDelays | undefined;
  /** Whether work in progress keeps the process alive. False in an application. @default false */
  readonly keepsProcessAlive?: boolean | undefined;
}

export interface ExporterEvents extends SpoolStageEvents {
  /** The destination stopped accepting lines, or accepts them again. */
  state(up: boolean, reason: string): void;
  /** The destination has answered that it is a live view. */
  isView(): void;
}

/**
 * Sends lines to a database, and reports the result of every line to its listener.
 *
 * ```
 * export -> queue -> send -> judge -> bisect -> settled
 *           |   ^              |
 *           spool <- backoff <-+
 * ```
 *
 * One request is in flight at a time. The exporter does not depend on threads or on the measurement of the lines. An
 * internal error is a result of the lines concerned; the others are delivered.
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
  /** `flush` was called during an attempt. If that attempt fails, the next one follows without a delay. */
  #flushRequested = false;
  #finishing = false;
  #isDenied = false;
  #closed = false;
  /** Whether it was reported that the destination accepts no lines. */
  #isDown = false;
  /** Resumes the loop when it waits for work. */
  #wake: () => void = () => {};
  /** Called when the queue is empty, and when `finish` has done all it can. */
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
    const sender = createSender({ ...options, isView: () => events.isView?.() });
    this.#sender = destination.isView ? createViewSender(sender, destination.url) : sender;
    this.#bisector = new Bisector(maxRefusals, timestampUnitOf(destination));
    this.#backoff = new Backoff(retryDelays, keepsProcessAlive);
    this.#spoolStage = spool && new SpoolStage(spool, destination, events, () => this.#wake());
    this.#maxAttempts = options.maxAttempts ?? Number.POSITIVE_INFINITY;
    this.#keepsProcessAlive = keepsProcessAlive;
    unawaited('the delivery', this.#run());
  }

  /** Size of the queue in memory. */
  get queuedBytes(): number {
    return this.#queue.bytes;
  }

  /** The destination answers, and accepts no lines until an operator corrects the cause. */
  get isDenied(): boolean {
    return this.#isDenied;
  }

  /** Adds lines to the queue. @param maybeStored an earlier attempt may have stored them */
  export(lines: Lines, listener: ResultListener, maybeStored = false): void {
    const pending = new PendingWrite(lines, listener, maybeStored);
    if (this.#closed) this.#settle(pending, CLOSED_REASON);
    else if (this.#backoff.failures === 0 || !this.#spool(pending)) {
      for (const evicted of this.#queue.push(pending)) this.#evict(evicted, 'the queue is full');
      this.#wake();
    }
  }

  /** Retries without a delay: now, or when the attempt in flight has failed. */
  flush(): void {
    this.#flushRequested = this.#queue.size > 1;
    this.#backoff.endWait();
    this.#wake();
  }

  /** Resolves when the queue is empty, or after `timeoutMs`. Keeps the process alive until then. */
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
   * For the end of the process: delivers without retries, and spools the rest. Resolves when that is done, or after
   * `timeoutMs`.
   */
  finish(timeoutMs: number): Promise<void> {
    if (this.#closed) return Promise.resolve();
    return new Promise((resolve) => {
      this.#finishing = true;
      const spoolRest = () => {
        this.spoolAll(true);
        this.#finish();
      };
      const ms = this.#spoolStage === undefined ? timeoutMs : timeoutMs * SPOOL_DEADLINE_SHARE;
      const timer = after('the end of the delivery', ms, spoolRest);
      if (this.#keepsProcessAlive) timer.ref();
      this.#finished.push(() => {
        cancel(timer);
        resolve();
      });
      this.#backoff.endWait();
      this.#wake();
    });
  }

  /** Moves the queue to the spool, if there is one. Blocks the thread. */
  spoolAll(includeInFlight = false): void {
    for (const pending of this.#queue.waiting(includeInFlight)) {
      if (pending.isSpoolable && !this.#spool(pending)) return;
    }
  }

  /** Gives up the queue, and stops. */
  close(reason: string = CLOSED_REASON): void {
    this.#closed = true;
    if (this.#queue.inFlight !== undefined) this.#queue.inFlight.maybeStored = true;
    for (const pending of this.#queue.waiting(true)) this.#evict(pending, reason);
    this.#spoolStage?.close();
    this.#sender.close();
    this.#backoff.endWait();
    this.#wake();
    for (const resolve of [...this.#drained.splice(0), ...this.#finished.splice(0)]) resolve();
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

  /** The oldest write in memory, else on disk. It is in flight from then on. */
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
    if (!this.#queue.has(pending)) return; // it was spooled or given up during the attempt, because the process ends
    if (verdict.kind === 'retry') return this.#failed(pending, verdict);
    if (this.#isDown) this.#events.state?.(true, '');
    this.#isDown = false;
    this.#backoff.succeeded();
    this.#isDenied = false;
    await this.#bisector.apply(pending, verdict);
    if (pending.remaining.length === 0 && this.#queue.has(pending)) this.#settle(pending);
  }

  /** Handles a failed attempt. The write stays in the queue or on disk. */
  async #failed(
    pending: PendingWrite,
    { reason, afterMs, maybeStored, denied }: Extract<Verdict, { kind: 'retry' }>,
  ): Promise<void> {
    pending.maybeStored ||= maybeStored;
    this.#isDenied = denied;
    this.#queue.release();
    if (pending.file !== undefined && pending.isWhole) this.#evict(pending, reason);
    this.#backoff.failed();
    const isLate = reason === NO_LISTENER && this.#backoff.failures < VIEW_START_ATTEMPTS;
    if (!this.#isDown && !isLate) {
      this.#isDown = true;
      this.#events.state?.(false, reason);
    }
    if (this.#backoff.failures >= this.#maxAttempts) this.#giveUpAll(reason);
    this.spoolAll();
    if (this.#finishing) this.#finish(); // there is no time to wait
    if (!this.#flushRequested) await this.#backoff.wait(afterMs);
  }

  /** Waits for work, since the queue is empty. */
  #waitForWork(): Promise<void> {
    for (const drained of this.#drained.splice(0)) drained();
    if (this.#finishing) this.#finish();
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  /** Handles an internal error. The write in flight is settled, since it would fail again and again. */
  async #handleError(thrown: unknown): Promise<void> {
    caught('the delivery', thrown);
    const pending = this.#queue.inFlight;
    if (pending === undefined) {
      await new Promise<void>((resolve) => after('the pause after an error', ERROR_PAUSE_MS, resolve));
      return;
    }
    try {
      this.#settle(pending, `cannot be delivered: ${asError(thrown).message}`);
    } catch {
      // The listener has thrown, or the disk failed: the result cannot be reported.
    }
  }

  #giveUpAll(reason: string): void {
    for (const pending of this.#queue.waiting(true)) this.#evict(pending, reason);
  }

  /** Removes a write from memory: to the spool, if possible. Otherwise it is given up. */
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
