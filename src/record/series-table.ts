import { METHODS } from 'node:http';
import { copyOf, cut } from '../safety/foreign-text.ts';
import type { Batch } from './batch.ts';
import { OTHER, type Outcome, type SeriesTags, type TagSet, UNMATCHED } from './series.ts';

const OUTCOMES: readonly Outcome[] = ['finished', 'aborted', 'upgraded', 'rejected', 'unfinished'];
const OUTCOME_INDEX = new Map(OUTCOMES.map((outcome, index) => [outcome, index]));
const METHOD_INDEX = new Map(METHODS.map((method, index) => [method, index + 1]));

/** The most UTF-16 units of a route; a longer one is cut. */
const MAX_ROUTE_LENGTH = 512;

/** The table is cleared when it holds more series than this. It is a cache, so no data is lost. */
const MAX_SERIES = 20_000;

interface Series {
  readonly tags: SeriesTags;
  /** The generation of the batch that `index` belongs to. */
  generation: number;
  index: number;
}

interface Route {
  readonly name: string;
  /** By a number that combines status, method, outcome and extra tags. */
  readonly byCode: Map<number, Series>;
}

/**
 * Interns the tag sets of requests: a row of a batch holds only an index, and each tag set is in a batch once.
 * The table is bounded: unknown methods become `_OTHER`, and routes beyond `maxRoutes` become `(other)`.
 */
export class SeriesTable {
  readonly #maxRoutes: number;
  readonly #routes = new Map([UNMATCHED, OTHER].map((name): [string, Route] => [name, routeOf(name)]));
  #size = 0;

  constructor(maxRoutes: number) {
    this.#maxRoutes = maxRoutes + this.#routes.size;
  }

  /** The index of a tag set in `batch.series`. A status outside of 100 to 999 counts as 0. */
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
      series = { tags: extra ? [...tags, extra.tags] : tags, generation: -1, index: 0 };
      if (++this.#size > MAX_SERIES) this.#clear();
      else byCode.set(code, series);
    }
    if (series.generation !== batch.generation) {
      series.generation = batch.generation;
      series.index = batch.series.push(series.tags) - 1;
    }
    return series.index;
  }

  /** Adds a route that is not in the table yet. It keeps a copy of the text, which may be part of a longer string. */
  #addRoute(written: string): Route {
    const name = cut(written, MAX_ROUTE_LENGTH).toWellFormed();
    const known = name === written ? undefined : this.#routes.get(name);
    if (known !== undefined) return known;
    if (this.#routes.size >= this.#maxRoutes) return this.#routes.get(OTHER)!;
    const route = routeOf(copyOf(name, MAX_ROUTE_LENGTH));
    this.#routes.set(route.name, route);
    return route;
  }

  /** Keeps the routes, since `maxRoutes` bounds their number for the whole life of the process. */
  #clear(): void {
    for (const { byCode } of this.#routes.values()) byCode.clear();
    this.#size = 0;
  }
}

function routeOf(name: string): Route {
  return { name, byCode: new Map() };
}
