import type { Stats } from '../record/ledger.ts';
import type { RequestDurations } from './durations.ts';

/** The members of a recorder that metrics of the process are computed from. */
export interface RecorderSource {
  /** Adds the recorded requests that were not added yet. */
  addTo(durations: RequestDurations): void;
  /** Requests in flight. */
  readonly inFlight: number;
  stats(): Stats;
}

/** The recorders of this process, and their totals. Each request is recorded by one of them only. */
export class RecorderRegistry {
  /** The recorders that are not closed. */
  readonly sources: Set<RecorderSource> = new Set();
  /** Set while there are readers of it. */
  durations: RequestDurations | undefined;
  /** The number of open `prometheusMetrics()`. */
  readers = 0;
  #closed: Partial<Stats> = {};

  /** Removes a recorder that was closed, and keeps its counts. */
  retire(source: RecorderSource): void {
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
const registry: { [KEY]?: RecorderRegistry } = globalThis as never;

/** The recorders of this thread, including those of a second copy of this package. */
export function recorderRegistry(): RecorderRegistry {
  registry[KEY] ??= new RecorderRegistry();
  return registry[KEY];
}

function sum(a: Partial<Stats>, b: Stats): Stats {
  const entries = Object.entries(b).map(([name, value]) => [name, value + (a[name as keyof Stats] ?? 0)]);
  return Object.fromEntries(entries);
}
