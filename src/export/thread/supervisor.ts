import { caught, unawaited } from '../../safety/guard.ts';
import { asError } from '../../safety/thrown.ts';
import { after, cancel, now, type Timer } from '../../safety/time.ts';
import type { DeliverySetup, FromDelivery, ToDelivery } from './protocol.ts';
import { type FailureKind, type RunningDelivery, startInline, startThread } from './start-delivery.ts';

const INITIAL_RESTART_DELAY_MS = 1000;
const MAX_RESTART_DELAY_MS = 20_000;
/** If a worker has run for this long, the restart delay is reset. */
const STABLE_AFTER_MS = 60_000;
/** If this many worker threads fail to start, the main thread delivers. */
const MAX_FAILED_STARTS = 3;

/**
 * Messages about results of lines. If handling one fails, the result is unknown, and another worker has to find it
 * out.
 */
const LINE_MESSAGES: ReadonlySet<FromDelivery['type']> = new Set([
  'encoded',
  'settled',
  'spooled',
  'adopted',
  'fileSettled',
]);

export interface SupervisorEvents {
  /** A delivery was started. It has no batches yet. */
  started(): void;
  received(message: FromDelivery): void;
  /** The delivery died. `inline`: the main thread delivers from now on. `ran`: the delivery had started to work. */
  died(error: Error | undefined, inline: boolean, ran: boolean): void;
  /** The restart delay is over. The listener starts another delivery if it needs one. */
  restart(): void;
  /** Neither a worker thread nor the main thread can deliver. */
  unable(error: Error | undefined): void;
}

/**
 * Keeps a delivery running in a worker thread. If it dies, another one is started, after growing delays. If no worker
 * thread can be started, the delivery runs on the main thread.
 */
export class Supervisor {
  readonly #setup: DeliverySetup;
  readonly #events: SupervisorEvents;
  #running: RunningDelivery | undefined;
  #restart: Timer | undefined;
  /** Whether any worker thread has run, and whether the last one has. */
  #ran = false;
  #runs = false;
  #startedAt = 0;
  #restarts = 0;
  #failedStarts = 0;
  #inline = false;

  constructor(setup: DeliverySetup, events: SupervisorEvents) {
    this.#setup = setup;
    this.#events = events;
  }

  /** Starts a delivery, unless one runs or a restart is scheduled. */
  start(): void {
    if (this.#running !== undefined || this.#restart !== undefined) return;
    this.#startedAt = now();
    this.#runs = false;
    const start = this.#inline ? startInline : startThread;
    this.#running = start(this.#setup, {
      received: (message) => this.#received(message),
      died: (cause, kind) => this.#died(cause, kind),
    });
    if (this.#running !== undefined) this.#events.started();
  }

  /** The same without the restart delay. */
  startNow(): void {
    this.#cancelRestart();
    this.start();
  }

  /** Returns false if no delivery runs, or if the message cannot be posted, for example because memory is short. */
  post(message: ToDelivery): boolean {
    if (this.#running === undefined) return false;
    try {
      this.#running.post(message);
      return true;
    } catch (error) {
      caught('a message to the delivery thread', error);
      return false;
    }
  }

  /** Ends an unreliable delivery. Another one follows. */
  replace(cause: Error): void {
    const running = this.#running;
    if (running === undefined || this.#inline) return;
    unawaited('the end of the delivery thread', running.end());
    this.#died(cause, 'unknown');
  }

  /** Blocks until the reply to `finish` or `last`, at most `timeoutMs`. Handles the messages that arrive. */
  wait(timeoutMs: number): void {
    for (const message of this.#running?.wait(timeoutMs) ?? []) this.#received(message);
  }

  async end(): Promise<void> {
    this.#cancelRestart();
    const running = this.#running;
    this.#running = undefined;
    await running?.end();
  }

  #received(message: FromDelivery): void {
    try {
      if (message.type !== 'ready') this.#events.received(message);
      else {
        this.#ran = true;
        this.#runs = true;
      }
    } catch (error) {
      caught('a message of the delivery', error);
      if (LINE_MESSAGES.has(message.type)) this.replace(asError(error));
    }
  }

  #died(cause: Error | undefined, kind: FailureKind): void {
    this.#running = undefined;
    const wasInline = this.#inline;
    if (kind !== 'no room') {
      if (wasInline) {
        this.#events.unable(cause);
        return;
      }
      // If a worker has run before, the cause may be temporary. Lack of memory and descriptors is temporary as well.
      this.#inline = !this.#ran && (kind === 'permanent' || ++this.#failedStarts >= MAX_FAILED_STARTS);
    }
    this.#events.died(cause, this.#inline, this.#runs);
    if (now() - this.#startedAt > STABLE_AFTER_MS) this.#restarts = 0;
    const atOnce = this.#inline && !wasInline;
    const delayMs = atOnce
      ? 0
      : Math.min(MAX_RESTART_DELAY_MS, INITIAL_RESTART_DELAY_MS * 2 ** this.#restarts++);
    this.#restart = after('the restart of the delivery', delayMs, () => {
      this.#restart = undefined;
      this.#events.restart();
    });
  }

  #cancelRestart(): void {
    cancel(this.#restart);
    this.#restart = undefined;
  }
}
