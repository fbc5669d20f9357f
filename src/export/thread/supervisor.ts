import { caught, unawaited } from '../../safety/guard.ts';
import { asError } from '../../safety/thrown.ts';
import { after, cancel, now, type Timer } from '../../safety/time.ts';
import type { DeliverySetup, FromDelivery, ToDelivery } from './protocol.ts';
import { type FailureKind, type RunningDelivery, startInline, startThread } from './start-delivery.ts';

const INITIAL_RESTART_DELAY_MS = 1000;
const MAX_RESTART_DELAY_MS = 20_000;
/** Having run for so long, it is not what its predecessors died of that it died of. */
const STABLE_AFTER_MS = 60_000;
/** Worker threads that may die before they run; after that, this thread delivers. */
const MAX_FAILED_STARTS = 3;

/** If one of these cannot be handled, the result of its lines is not known here: another delivery has to find it out. */
const LINE_MESSAGES: ReadonlySet<FromDelivery['type']> = new Set([
  'encoded',
  'settled',
  'spooled',
  'adopted',
  'fileSettled',
]);

export interface SupervisorEvents {
  /** A delivery was started: it knows nothing yet. */
  started(): void;
  received(message: FromDelivery): void;
  /** It ended by itself. `inline`: from now on, this thread delivers. `ran`: it had begun to work. */
  died(error: Error | undefined, inline: boolean, ran: boolean): void;
  /** It is time to start another one, if there is need. */
  restart(): void;
  /** Neither a thread nor this one can deliver. */
  unable(error: Error | undefined): void;
}

/**
 * Keeps a delivery running: in a worker thread, where another follows one that died, later each time; where no worker
 * thread can be started, on this thread.
 */
export class Supervisor {
  readonly #setup: DeliverySetup;
  readonly #events: SupervisorEvents;
  #running: RunningDelivery | undefined;
  #restart: Timer | undefined;
  /** A worker thread has run; the one that was started last has. */
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

  /** Starts one, unless one runs or is to be started in a moment. */
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

  /** The same without waiting for the moment. */
  startNow(): void {
    this.#cancelRestart();
    this.start();
  }

  /** False when there is nobody to post, or it cannot be received just now, as when memory is short. */
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

  /** It cannot be relied on any more: it is ended, and another one follows. */
  replace(cause: Error): void {
    const running = this.#running;
    if (running === undefined || this.#inline) return;
    unawaited('the end of the delivery thread', running.end());
    this.#died(cause, 'unknown');
  }

  /** Blocks for at most `timeoutMs` until it has answered `finish`; passes on what it tells meanwhile. */
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
      // Where a thread has run, what prevents one now may pass. So does the want of memory and descriptors.
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
