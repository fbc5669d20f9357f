import type { Model } from './model.ts';
import { bucketOf } from './scale.ts';
import { type Summary, summarise } from './summary.ts';

/** The length of a slice of computation between drawing, ms. */
const SLICE_MS = 5;
/** The shortest time between summaries, which take at most a sixth of the time. */
const SUMMARY_MS = 450;

/** Computes summaries of the requests in view repeatedly, in slices, so that drawing is not delayed. */
export class SummaryScheduler {
  readonly #model: Model;
  readonly #show: (summary: Summary) => void;
  #working: Generator<void, Summary> | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #next = 0;
  /** The earliest time for a summary after a user action, which is sooner. */
  #nextForUser = 0;
  #costMs = 0;

  constructor(model: Model, show: (summary: Summary) => void) {
    this.#model = model;
    this.#show = show;
  }

  /** Schedules a summary. Returns false while one is being computed, which may lack some rows. */
  schedule(): boolean {
    if (this.#working !== undefined) return false;
    this.#timer ??= setTimeout(() => this.#begin(), Math.max(0, this.#next - performance.now()));
    return true;
  }

  /** Schedules the next summary sooner, after a user action. */
  runSooner(): void {
    this.#next = Math.min(this.#next, this.#nextForUser);
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** Cancels the current summary, because its result would be stale. */
  cancel(): void {
    this.#working = undefined;
  }

  #begin(): void {
    const { rows, drawn, view, tables, sets, tableBy } = this.#model;
    this.#timer = undefined;
    this.#model.refresh();
    const midnight = new Date(rows.baseMs).setHours(0, 0, 0, 0);
    this.#costMs = 0;
    this.#working = summarise(
      [...rows.blocks],
      {
        ...drawn.span,
        low: view.range?.low ?? Number.NEGATIVE_INFINITY,
        high: view.range?.high ?? Number.POSITIVE_INFINITY,
        matcher: tables.matcher,
        bucketMs: bucketOf(drawn.span),
        bucketOrigin: midnight - rows.baseMs,
        byProcess: tableBy === 'processes',
      },
      sets,
    );
    this.#work(this.#working);
  }

  #work(run: Generator<void, Summary>): void {
    if (run !== this.#working) return;
    const start = performance.now();
    for (;;) {
      const { done, value } = run.next();
      const now = performance.now();
      if (done) {
        this.#costMs += now - start;
        this.#working = undefined;
        this.#nextForUser = now + 3 * this.#costMs;
        this.#next = now + Math.max(SUMMARY_MS, 5 * this.#costMs);
        this.#show(value);
        return;
      }
      if (now - start > SLICE_MS) {
        this.#costMs += now - start;
        setTimeout(() => this.#work(run), 0);
        return;
      }
    }
  }
}
