import { METHODS } from 'node:http';
import { copyOf, cut } from '../safety/foreign-text.ts';
import type { Batch } from './batch.ts';
import { OTHER, type Outcome, type SeriesTags, type TagSet, UNMATCHED } from './series.ts';

const OUTCOMES: readonly Outcome[] = ['finished', 'aborted', 'upgraded', 'rejected', 'unfinished'];
const OUTCOME_INDEX = new Map(OUTCOMES.map((outcome, index) => [outcome, index]));
const METHOD_INDEX = new Map(METHODS.map((method, index) => [method, index + 1]));

/** UTF-16 units of a route; a longer one is cut. */
const LONGEST_ROUTE = 512;

/** More series than this and the table starts anew: it only saves time, so nothing is lost. */
const MOST_SERIES = 20_000;

interface Series {
  readonly tags: SeriesTags;
  /** The life of the batch that `index` belongs to. */
  life: number;
  index: number;
}

interface Route {
  readonly name: string;
  /** By what else tells tag sets apart. */
  readonly byCode: Map<number, Series>;
}

/**
 * Interns the tag sets of requests: one small number per request goes into the batch, each tag set once per batch.
 * Bounded: unknown methods become `_OTHER`, routes beyond `maxRoutes` become `(other)`.
 */
export class SeriesTable {
  readonly #maxRoutes: number;
  readonly #routes = new Map([UNMATCHED, OTHER].map((name): [string, Route] => [name, routeOf(name)]));
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
    const { name, byCode } = this.#routes.get(route) ?? this.#addRoute(route);
    let series = byCode.get(code);
    if (series === undefined) {
      const tags: readonly [string, string, number, Outcome] = [
        METHODS[known - 1] ?? '_OTHER',
        name,
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

  /** A route that is not known as it is written: what is kept of it is a copy. */
  #addRoute(written: string): Route {
    const name = cut(written, LONGEST_ROUTE).toWellFormed();
    const known = name === written ? undefined : this.#routes.get(name);
    if (known !== undefined) return known;
    if (this.#routes.size >= this.#maxRoutes) return this.#routes.get(OTHER)!;
    const route = routeOf(copyOf(name, LONGEST_ROUTE));
    this.#routes.set(route.name, route);
    return route;
  }

  /** Keeps the routes, since their number is bounded for the life of the process. */
  #forget(): void {
    for (const { byCode } of this.#routes.values()) byCode.clear();
    this.#size = 0;
  }
}

function routeOf(name: string): Route {
  return { name, byCode: new Map() };
}
