import { caught, unawaited } from '../../safety/guard.ts';
import { asError } from '../../safety/thrown.ts';
import { after, cancel, now, type Timer } from '../../safety/time.ts';
import type { DeliverySetup, FromDelivery, ToDelivery } from './protocol.ts';
import { type Prospect, type RunningDelivery, startInline, startThread } from './start-delivery.ts';

const INITIAL_RESTART_DELAY_MS = 1000;
const MAX_RESTART_DELAY_MS = 20_000;
/** Having run for so long, it is not what its predecessors died of that it died of. */
const RAN_WELL_MS = 60_000;
/** Worker threads that may die before they run; after that, this thread delivers. */
const STILLBORN = 3;

/** If one of these cannot be handled, the fate of its lines is not known here: another delivery has to find it out. */
const ON_LINES: ReadonlySet<FromDelivery['type']> = new Set([
  'encoded',
  'settled',
  'spooled',
  'adopted',
  'unspooled',
]);

export interface SupervisorEvents {
  /** A delivery was started: it knows nothing yet. */
  started(): void;
  told(message: FromDelivery): void;
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
  #deaths = 0;
  #stillborn = 0;
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
      told: (message) => this.#told(message),
      died: (cause, prospect) => this.#died(cause, prospect),
    });
    if (this.#running !== undefined) this.#events.started();
  }

  /** The same without waiting for the moment. */
  startNow(): void {
    this.#cancelRestart();
    this.start();
  }

  /** False when there is nobody to tell, or it cannot be told just now, as when memory is short. */
  tell(message: ToDelivery): boolean {
    if (this.#running === undefined) return false;
    try {
      this.#running.tell(message);
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
    for (const message of this.#running?.wait(timeoutMs) ?? []) this.#told(message);
  }

  async end(): Promise<void> {
    this.#cancelRestart();
    const running = this.#running;
    this.#running = undefined;
    await running?.end();
  }

  #told(message: FromDelivery): void {
    try {
      if (message.type !== 'ready') this.#events.told(message);
      else {
        this.#ran = true;
        this.#runs = true;
      }
    } catch (error) {
      caught('a message of the delivery', error);
      if (ON_LINES.has(message.type)) this.replace(asError(error));
    }
  }

  #died(cause: Error | undefined, prospect: Prospect): void {
    this.#running = undefined;
    const wasInline = this.#inline;
    if (prospect !== 'no room') {
      if (wasInline) {
        this.#events.unable(cause);
        return;
      }
      // Where a thread has run, what prevents one now may pass. So does the want of memory and descriptors.
      this.#inline = !this.#ran && (prospect === 'permanent' || ++this.#stillborn >= STILLBORN);
    }
    this.#events.died(cause, this.#inline, this.#runs);
    if (now() - this.#startedAt > RAN_WELL_MS) this.#deaths = 0;
    const atOnce = this.#inline && !wasInline;
    const delayMs = atOnce
      ? 0
      : Math.min(MAX_RESTART_DELAY_MS, INITIAL_RESTART_DELAY_MS * 2 ** this.#deaths++);
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
