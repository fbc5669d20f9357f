import type { Series } from '../shared/feed.ts';

/** Different values of one tag that are told apart; further ones are {@link OTHER}. */
const MOST_VALUES = 2000;
/** Tags that the data model does not know: so many names, further ones are left out. */
const MOST_OWN_TAGS = 32;
/** Tag sets. Short of it, requests lose the tags that multiply; at it, all further ones share one tag set. */
const MOST_SERIES = 20_000;
const RESERVED_SERIES = 4000;
/** Longer values are cut. */
const LONGEST_VALUE = 512;
const LONGEST_NAME = 128;
/** Bytes of all names and values together. */
const MOST_TEXT = 4 * 2 ** 20;

const OTHER = '(other)';

const KNOWN: ReadonlySet<string> = new Set(
  'hostname process worker thread method route status outcome service'.split(' '),
);
/** What is kept of a tag set when there are too many. */
const FEW: ReadonlySet<string> = new Set(['method', 'status', 'outcome']);

export interface Interned {
  readonly id: number;
  /** Not all tags are as they were written: there are too many values. */
  readonly limited: boolean;
}

/**
 * The tag sets of requests, each with a number of its own. Bounded, whatever is written: values, names and sets beyond
 * the limits become one, and say so.
 */
export class SeriesBook {
  readonly #byKey = new Map<string, Series>();
  #values = new Map<string, Map<string, string>>();
  #text = 0;
  #nextId = 0;

  /** Whether something had to be limited since the last {@link forget}. */
  full = false;

  get size(): number {
    return this.#byKey.size;
  }

  get nextId(): number {
    return this.#nextId;
  }

  /** Those with numbers from `id` on. */
  since(id: number): Series[] {
    return [...this.#byKey.values()].filter((series) => series.id >= id);
  }

  intern(tags: readonly (readonly [name: string, value: string])[]): Interned {
    let limited = false;
    const crowded = this.#byKey.size >= MOST_SERIES - RESERVED_SERIES;
    const kept: [string, string][] = [];
    for (const [name, written] of tags) {
      if (name === '__proto__') continue;
      const value = crowded && !FEW.has(name) ? undefined : this.#value(name, written);
      if (value !== written) limited = true;
      if (value !== undefined) kept.push([name, value]);
      else if (KNOWN.has(name)) kept.push([name, OTHER]);
    }
    kept.sort(([a], [b]) => (a < b ? -1 : 1));
    let key = JSON.stringify(kept);
    let series = this.#byKey.get(key);
    if (series === undefined && this.#byKey.size >= MOST_SERIES) {
      limited = true;
      kept.length = 0;
      for (const name of KNOWN) kept.push([name, OTHER]);
      key = OTHER;
      series = this.#byKey.get(key);
    }
    if (series === undefined) {
      series = { id: this.#nextId++, tags: Object.fromEntries(kept) };
      this.#byKey.set(key, series);
    }
    this.full ||= limited;
    return { id: series.id, limited };
  }

  /** Forgets the tag sets that nothing uses any more, so that new ones have room. */
  forget(isUsed: (id: number) => boolean): void {
    const left = new Map<string, Map<string, string>>();
    this.#text = 0;
    for (const [key, { id, tags }] of this.#byKey) {
      if (!isUsed(id)) {
        this.#byKey.delete(key);
        continue;
      }
      for (const [name, value] of Object.entries(tags)) this.#remember(left, name, value);
    }
    this.#values = left;
    this.full = false;
  }

  /** The value as it is kept; `undefined` if the tag is left out. */
  #value(name: string, written: string): string | undefined {
    let values = this.#values.get(name);
    if (values === undefined) {
      if (!KNOWN.has(name) && (name.length > LONGEST_NAME || this.#values.size >= KNOWN.size + MOST_OWN_TAGS))
        return undefined;
      values = new Map();
      this.#values.set(name, values);
    }
    const cut = written.length > LONGEST_VALUE ? `${written.slice(0, LONGEST_VALUE - 1)}…` : written;
    const known = values.get(cut);
    if (known !== undefined) return known;
    if (values.size >= MOST_VALUES || this.#text >= MOST_TEXT) return OTHER;
    return this.#remember(this.#values, name, cut);
  }

  #remember(all: Map<string, Map<string, string>>, name: string, value: string): string {
    let values = all.get(name);
    if (values === undefined) {
      values = new Map();
      all.set(name, values);
    }
    if (!values.has(value)) {
      values.set(value, value);
      this.#text += name.length + value.length;
    }
    return value;
  }
}
