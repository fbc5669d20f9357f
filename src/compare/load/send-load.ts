import { randomFrom } from '../statistics/random.ts';
import { Client } from './client.ts';
import type { LoadOrder, LoadResult } from './messages.ts';
import { drawFrom } from './mix.ts';
import { Recording } from './recording.ts';

/** A request that was noticed to be due later than this was late by the fault of this process, ms. */
const LATE_MS = 10;
/** How long answers are waited for after the last request was due, at least, s. */
const GRACE = 2;

/** Requests that were sent are removed from the list of those that wait so many at a time. */
const WAITING_KEPT = 4096;

/** Sends the load of a round. @param measuring called when the measured part begins */
export function sendLoad(order: LoadOrder, measuring: () => void): Promise<LoadResult> {
  return new Promise((resolve) => new Sending(order, measuring, resolve).start());
}

class Sending {
  readonly #order: LoadOrder;
  readonly #client: Client;
  readonly #recording = new Recording();
  readonly #draw: () => number;
  readonly #measuring: () => void;
  readonly #resolve: (result: LoadResult) => void;
  readonly #startedMs = Date.now();
  /** Monotonic ms: of the first request, of the measured part, and after which nothing is due. */
  readonly #start = performance.now();
  readonly #measuredFrom: number;
  #end: number;
  /** What is added to a monotonic time to get the wall time. */
  readonly #wall: number;
  /** Number of the request that is due next. */
  #next = 0;
  #open = 0;
  #openMost = 0;
  #sent = 0;
  #answered = 0;
  #late = 0;
  #isMeasuring = false;
  #openedBefore = 0;
  #cpuBefore: NodeJS.CpuUsage = process.cpuUsage();
  #lastEnd = 0;
  #timer: NodeJS.Timeout | undefined;
  readonly #failures = new Map<string, number>();
  /** Requests that are due and wait for a connection. */
  readonly #waiting: { due: number; request: number; row: number }[] = [];
  #waitingFrom = 0;

  constructor(order: LoadOrder, measuring: () => void, resolve: (result: LoadResult) => void) {
    this.#order = order;
    this.#client = new Client(order);
    this.#draw = drawFrom(order.mix, randomFrom(order.seed));
    this.#measuring = measuring;
    this.#resolve = resolve;
    this.#wall = this.#startedMs - this.#start;
    this.#measuredFrom = this.#start + order.warmUp * 1000;
    const { requests, rate, duration, loop } = order;
    const seconds =
      requests === undefined ? duration : loop === 'open' ? requests / rate : Number.POSITIVE_INFINITY;
    this.#end = this.#measuredFrom + seconds * 1000;
  }

  start(): void {
    if (this.#order.loop === 'closed') for (let i = 0; i < this.#order.connections; i++) this.#again();
    // Timers come at most once a ms: all requests that are due by then are sent together.
    this.#timer = setInterval(() => this.#tick(), 1);
    this.#tick();
  }

  #tick(): void {
    const now = performance.now();
    if (!this.#isMeasuring && now >= this.#measuredFrom) this.#measure();
    if (this.#order.loop === 'open') this.#sendDue(now);
    const isSent = now >= this.#end;
    if (!isSent) return;
    const graceMs = 1000 * Math.max(GRACE, this.#order.duration / 2);
    const isAnswered = this.#open === 0 && this.#waitingFrom === this.#waiting.length;
    if (isAnswered || now >= this.#end + graceMs) this.#finish();
  }

  #measure(): void {
    this.#isMeasuring = true;
    this.#openedBefore = this.#client.opened;
    this.#cpuBefore = process.cpuUsage();
    this.#measuring();
  }

  /** Open loop: the time between two requests is the same, whatever becomes of them. */
  #sendDue(now: number): void {
    const spacing = 1000 / this.#order.rate;
    for (;;) {
      const due = this.#start + this.#next * spacing;
      if (due > now || due >= this.#end) return;
      this.#next++;
      const request = this.#draw();
      const row = this.#rowOf(due, request);
      if (now - due > LATE_MS && row >= 0) this.#late++;
      this.#waiting.push({ due, request, row });
      this.#sendWaiting();
    }
  }

  /** -1 in the warm-up. */
  #rowOf(due: number, request: number): number {
    if (due < this.#measuredFrom) return -1;
    return this.#recording.add((due - this.#measuredFrom) / 1000, request);
  }

  #sendWaiting(): void {
    while (this.#open < this.#order.connections && this.#waitingFrom < this.#waiting.length) {
      const { due, request, row } = this.#waiting[this.#waitingFrom++]!;
      this.#send(due, request, row);
    }
    if (this.#waitingFrom < WAITING_KEPT) return;
    this.#waiting.splice(0, this.#waitingFrom);
    this.#waitingFrom = 0;
  }

  /** Closed loop: a connection sends its next request. */
  #again(): void {
    const now = performance.now();
    const { requests } = this.#order;
    if (now >= this.#end) return;
    const request = this.#draw();
    const row = this.#rowOf(now, request);
    if (row >= 0 && requests !== undefined && row + 1 >= requests) this.#end = now;
    this.#send(now, request, row);
  }

  #send(due: number, request: number, row: number): void {
    this.#open++;
    this.#openMost = Math.max(this.#openMost, this.#open);
    this.#sent++;
    this.#client.send(request, due + this.#wall, (ending) => {
      this.#open--;
      if ('error' in ending) {
        if (row >= 0) this.#failures.set(ending.error, (this.#failures.get(ending.error) ?? 0) + 1);
      } else {
        this.#answered++;
        this.#lastEnd = ending.endMs;
        const { status, size, sentMs, endMs } = ending;
        if (row >= 0)
          this.#recording.answered(row, (endMs - due) / 1000, (endMs - sentMs) / 1000, status, size);
      }
      if (this.#order.loop === 'closed') this.#again();
      else this.#sendWaiting();
    });
  }

  #finish(): void {
    clearInterval(this.#timer);
    const { user, system } = process.cpuUsage(this.#cpuBefore);
    const elapsed = performance.now() - this.#start;
    this.#resolve({
      ...this.#recording.samples(),
      sent: this.#sent,
      answered: this.#answered,
      unsent: this.#waiting.length - this.#waitingFrom,
      late: this.#late,
      failures: Object.fromEntries(this.#failures),
      connectionsOpened: this.#client.opened - this.#openedBefore,
      openMost: this.#openMost,
      httpVersions: [...this.#client.httpVersions].sort(),
      encodings: [...this.#client.encodings].sort(),
      cpu: (user + system) / 1e6,
      seconds: (Math.max(this.#lastEnd, this.#end) - this.#measuredFrom) / 1000,
      startedMs: this.#startedMs,
      measuredMs: this.#measuredFrom + this.#wall,
      clockStepMs: Date.now() - this.#startedMs - elapsed,
    });
    this.#client.close();
  }
}
