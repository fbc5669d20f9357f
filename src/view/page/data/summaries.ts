import type { Model } from './model.ts';
import { bucketOf } from './scale.ts';
import { type Summary, summarise } from './summary.ts';

/** A summary takes turns with drawing: this long at a time, ms. */
const SLICE_MS = 5;
/** Summaries are at least this far apart, and take no more than a sixth of the time. */
const SUMMARY_MS = 450;

/** Sums up what is in view, again and again, without getting in the way of drawing. */
export class Summaries {
  readonly #model: Model;
  readonly #show: (summary: Summary) => void;
  #working: Generator<void, Summary> | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #next = 0;
  /** When somebody waits for it: sooner. */
  #nextForUser = 0;
  #costMs = 0;

  constructor(model: Model, show: (summary: Summary) => void) {
    this.#model = model;
    this.#show = show;
  }

  /** Asks for a summary of what is there; false while one is under way, which may not know all of it. */
  soon(): boolean {
    if (this.#working !== undefined) return false;
    this.#timer ??= setTimeout(() => this.#begin(), Math.max(0, this.#next - performance.now()));
    return true;
  }

  /** Somebody has done something and waits for what comes of it. */
  hurry(): void {
    this.#next = Math.min(this.#next, this.#nextForUser);
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** What is being summed up is of no use any more. */
  cancel(): void {
    this.#working = undefined;
  }

  #begin(): void {
    const { rows, drawn, view, look, sets } = this.#model;
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
        matcher: look.matcher,
        bucketMs: bucketOf(drawn.span),
        bucketOrigin: midnight - rows.baseMs,
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
