import type { Logger } from '../options/options.ts';
import type { Stats } from '../record/ledger.ts';
import * as time from '../safety/time.ts';

/** The shortest time between two lines. */
const MIN_INTERVAL_MS = 60_000;

/** The functions of `safety/time.ts` that are used here. */
type Clock = Pick<typeof time, 'now' | 'after' | 'cancel'>;

export interface DeliveryLogOptions {
  readonly log: Logger;
  /** Name of the destination in the log. */
  readonly label: string;
  readonly stats: () => Stats;
  /** The noun for a line in the log. @default 'request' */
  readonly noun?: string | undefined;
  readonly clock?: Clock | undefined;
}

/**
 * Logs the state of the delivery: a line when the state changes, at most one per minute. Changes in between are
 * summed up in the next line, or by {@link end}.
 */
export class DeliveryLog {
  readonly #log: Logger;
  readonly #label: string;
  readonly #noun: string;
  readonly #stats: () => Stats;
  readonly #clock: Clock;
  #outage: { readonly since: Date; readonly reason: string } | undefined;
  /** The outage that was logged. */
  #loggedOutage: { readonly since: Date; readonly acknowledged: number } | undefined;
  #lost = 0;
  #lostReason = '';
  #note: string | undefined;
  #loggedAtMs = Number.NEGATIVE_INFINITY;
  #timer: time.Timer | undefined;

  constructor({ log, label, stats, noun = 'request', clock = time }: DeliveryLogOptions) {
    this.#log = log;
    this.#label = label;
    this.#noun = noun;
    this.#stats = stats;
    this.#clock = clock;
  }

  /** The destination stopped accepting requests, or accepts them again. */
  state(up: boolean, reason: string): void {
    this.#outage = up ? undefined : { since: new Date(time.wallNow()), reason };
    this.#schedule();
  }

  /** Counts requests that will not be in the database. */
  lost(lines: number, reason: string): void {
    this.#lost += lines;
    this.#lostReason = reason;
    this.#schedule();
  }

  /** Called periodically: logs an outage that has become relevant since then. */
  tick(): void {
    if (this.#outage !== undefined && this.#loggedOutage === undefined) this.#schedule();
  }

  /** Logs another message. Of several in a minute, only the last is logged. */
  note(text: string): void {
    if (this.#note === text) return;
    this.#note = text;
    this.#schedule();
  }

  /** Logs what is left. */
  end(): void {
    this.#write();
    const { queued } = this.#stats();
    if (queued > 0)
      this.#log.warn({ queued }, `${this.#counted(queued)} could not be delivered before the end`);
  }

  #schedule(): void {
    const waitMs = this.#loggedAtMs + MIN_INTERVAL_MS - this.#clock.now();
    if (waitMs <= 0) this.#write();
    else this.#timer ??= this.#clock.after('the timer of the log', waitMs, () => this.#write());
  }

  #write(): void {
    this.#clock.cancel(this.#timer);
    this.#timer = undefined;
    const text = [this.#stateText(), this.#lostText(), this.#noteText()]
      .filter((part) => part !== undefined)
      .join('; ');
    if (text === '') return;
    this.#loggedAtMs = this.#clock.now();
    this.#log.warn(this.#stats(), text);
  }

  #stateText(): string | undefined {
    const { queued, spooled, acknowledged } = this.#stats();
    // An outage is logged only when requests wait.
    if (this.#outage !== undefined && this.#loggedOutage === undefined && queued + spooled > 0) {
      const { since, reason } = this.#outage;
      this.#loggedOutage = { since, acknowledged };
      const lost = this.#lost === 0 ? ', nothing lost' : '';
      return `${this.#label} does not take ${this.#noun}s since ${since.toISOString()}: ${reason}; ${this.#counted(queued + spooled)} waiting${lost}`;
    }
    if (this.#outage === undefined && this.#loggedOutage !== undefined) {
      const delivered = acknowledged - this.#loggedOutage.acknowledged;
      this.#loggedOutage = undefined;
      return `${this.#label} takes ${this.#noun}s again: ${delivered} delivered, ${queued + spooled} waiting`;
    }
    return undefined;
  }

  #noteText(): string | undefined {
    const text = this.#note;
    this.#note = undefined;
    return text;
  }

  #lostText(): string | undefined {
    if (this.#lost === 0) return undefined;
    const text = `${this.#counted(this.#lost)} ${this.#lost === 1 ? 'was' : 'were'} not stored: ${this.#lostReason}`;
    this.#lost = 0;
    return text;
  }

  #counted(lines: number): string {
    return `${lines} ${this.#noun}${lines === 1 ? '' : 's'}`;
  }
}
