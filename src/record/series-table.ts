import { METHODS } from 'node:http';
import type { Batch } from './batch.ts';
import { OTHER, type Outcome, type SeriesTags, type TagSet, UNMATCHED } from './series.ts';

const OUTCOMES: readonly Outcome[] = ['finished', 'aborted', 'upgraded', 'rejected', 'unfinished'];
const OUTCOME_INDEX = new Map(OUTCOMES.map((outcome, index) => [outcome, index]));
const METHOD_INDEX = new Map(METHODS.map((method, index) => [method, index + 1]));

/** More series than this and the table starts anew: it only saves time, so nothing is lost. */
const MOST_SERIES = 20_000;

interface Series {
  readonly tags: SeriesTags;
  /** The life of the batch that `index` belongs to. */
  life: number;
  index: number;
}

/**
 * Interns the tag sets of requests: one small number per request goes into the batch, each tag set once per batch.
 * Bounded: unknown methods become `_OTHER`, routes beyond `maxRoutes` become `(other)`.
 */
export class SeriesTable {
  readonly #maxRoutes: number;
  readonly #routes = new Map<string, Map<number, Series>>([
    [UNMATCHED, new Map()],
    [OTHER, new Map()],
  ]);
  #size = 0;

  constructor(maxRoutes: number) {
    this.#maxRoutes = maxRoutes + this.#routes.size;
  }

  /** The index of a tag set in `batch.series`. A status that HTTP does not know counts as 0. */
  intern(
    batch: Batch,
    method: string,
    route: string,
    status: number,
    outcome: Outcome,
    extra?: TagSet,
  ): number {
    status = status >= 100 && status <= 999 ? Math.trunc(status) : 0;
    const known = METHOD_INDEX.get(method) ?? 0;
    // Status, method and outcome take 19 bits; the number of tag sets is bounded.
    const code = (extra?.id ?? 0) * 2 ** 19 + (status * 64 + known) * 8 + OUTCOME_INDEX.get(outcome)!;
    let byCode = this.#routes.get(route);
    if (byCode === undefined) {
      if (this.#routes.size < this.#maxRoutes) {
        byCode = new Map();
        this.#routes.set(route, byCode);
      } else {
        route = OTHER;
        byCode = this.#routes.get(OTHER)!;
      }
    }
    let series = byCode.get(code);
    if (series === undefined) {
      const tags: readonly [string, string, number, Outcome] = [
        known === 0 ? '_OTHER' : method,
        route,
        status,
        outcome,
      ];
      series = { tags: extra ? [...tags, extra.tags] : tags, life: -1, index: 0 };
      if (++this.#size > MOST_SERIES) this.#forget();
      else byCode.set(code, series);
    }
    if (series.life !== batch.life) {
      series.life = batch.life;
      series.index = batch.series.push(series.tags) - 1;
    }
    return series.index;
  }

  /** Keeps the routes, since their number is bounded for the life of the process. */
  #forget(): void {
    for (const byCode of this.#routes.values()) byCode.clear();
    this.#size = 0;
  }
}
