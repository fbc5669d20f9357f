import type { Logger } from '../options/options.ts';
import type { Stats } from '../record/ledger.ts';
import * as time from '../safety/time.ts';

/** At most one line in this time, ms. */
const QUIET_MS = 60_000;

/** What is used of `safety/time.ts`. */
type Clock = Pick<typeof time, 'now' | 'after' | 'cancel'>;

export interface ReportOptions {
  readonly log: Logger;
  /** How the log names the destination. */
  readonly label: string;
  readonly stats: () => Stats;
  /** What a line stands for. @default 'request' */
  readonly noun?: string | undefined;
  readonly clock?: Clock | undefined;
}

/**
 * What the log is told of delivery: a line when the state has changed, none more than once a minute, however often it
 * changes. What happens in between is summed up in the next line; {@link end} says the rest.
 */
export class Report {
  readonly #log: Logger;
  readonly #label: string;
  readonly #noun: string;
  readonly #stats: () => Stats;
  readonly #clock: Clock;
  #down: { readonly since: Date; readonly reason: string } | undefined;
  /** The outage that the log has been told of. */
  #toldDown: { readonly since: Date; readonly acknowledged: number } | undefined;
  #lost = 0;
  #lostReason = '';
  #note: string | undefined;
  #spokeAt = Number.NEGATIVE_INFINITY;
  #timer: time.Timer | undefined;

  constructor({ log, label, stats, noun = 'request', clock = time }: ReportOptions) {
    this.#log = log;
    this.#label = label;
    this.#noun = noun;
    this.#stats = stats;
    this.#clock = clock;
  }

  /** The destination takes requests again, or does not any more. */
  state(up: boolean, reason: string): void {
    this.#down = up ? undefined : { since: new Date(time.wallNow()), reason };
    this.#speak();
  }

  /** Requests that will not be in the database. */
  lost(lines: number, reason: string): void {
    this.#lost += lines;
    this.#lostReason = reason;
    this.#speak();
  }

  /** Time passes: what waited for it may be said now. */
  tick(): void {
    if (this.#down !== undefined && this.#toldDown === undefined) this.#speak();
  }

  /** Something else that matters; of several in a minute, the last. */
  note(text: string): void {
    if (this.#note === text) return;
    this.#note = text;
    this.#speak();
  }

  /** The last chance to say something. */
  end(): void {
    this.#say();
    const { queued } = this.#stats();
    if (queued > 0)
      this.#log.warn({ queued }, `${this.#counted(queued)} could not be delivered before the end`);
  }

  #speak(): void {
    const waitMs = this.#spokeAt + QUIET_MS - this.#clock.now();
    if (waitMs <= 0) this.#say();
    else this.#timer ??= this.#clock.after('the timer of the log', waitMs, () => this.#say());
  }

  #say(): void {
    this.#clock.cancel(this.#timer);
    this.#timer = undefined;
    const text = [this.#stateText(), this.#lostText(), this.#noteText()]
      .filter((part) => part !== undefined)
      .join('; ');
    if (text === '') return;
    this.#spokeAt = this.#clock.now();
    this.#log.warn(this.#stats(), text);
  }

  #stateText(): string | undefined {
    const { queued, spooled, acknowledged } = this.#stats();
    // While nothing waits, that nothing is taken concerns nobody.
    if (this.#down !== undefined && this.#toldDown === undefined && queued + spooled > 0) {
      const { since, reason } = this.#down;
      this.#toldDown = { since, acknowledged };
      const lost = this.#lost === 0 ? ', nothing lost' : '';
      return `${this.#label} does not take ${this.#noun}s since ${since.toISOString()}: ${reason}; ${this.#counted(queued + spooled)} waiting${lost}`;
    }
    if (this.#down === undefined && this.#toldDown !== undefined) {
      const delivered = acknowledged - this.#toldDown.acknowledged;
      this.#toldDown = undefined;
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
