import type { Stats } from '../record/ledger.ts';
import type { RequestDurations } from './durations.ts';

/** A recorder, as who reports on the process sees it. */
export interface Source {
  /** Adds what was recorded and not added yet. */
  addTo(durations: RequestDurations): void;
  /** Requests in flight. */
  readonly inFlight: number;
  stats(): Stats;
}

/** What the recorders of this process have observed, all together: a request is observed by one of them only. */
export class Observed {
  /** Recorders that are not closed. */
  readonly sources: Set<Source> = new Set();
  /** Set while somebody wants it. */
  durations: RequestDurations | undefined;
  /** How many do. */
  readers = 0;
  #closed: Partial<Stats> = {};

  /** A recorder is closed: its counts stay, it goes. */
  retire(source: Source): void {
    if (this.sources.delete(source)) this.#closed = sum(this.#closed, source.stats());
  }

  stats(): Partial<Stats> {
    let total = this.#closed;
    for (const source of this.sources) total = sum(total, source.stats());
    return total;
  }

  get inFlight(): number {
    let total = 0;
    for (const source of this.sources) total += source.inFlight;
    return total;
  }
}

const KEY = Symbol.for('raw-requests.observed');
const registry: { [KEY]?: Observed } = globalThis as never;

/** Of this process, or thread; also for a second copy of this package. */
export function observed(): Observed {
  registry[KEY] ??= new Observed();
  return registry[KEY];
}

function sum(a: Partial<Stats>, b: Stats): Stats {
  const entries = Object.entries(b).map(([name, value]) => [name, value + (a[name as keyof Stats] ?? 0)]);
  return Object.fromEntries(entries);
}
