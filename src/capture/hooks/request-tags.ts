import { mayBeTag } from '../../options/options.ts';
import type { TagSet } from '../../record/series.ts';
import { copyOf, cut } from '../../safety/foreign-text.ts';

/** The most distinct tag sets. Further ones become `(other)`, so that unbounded tags cannot flood the database. */
const MAX_SETS = 100;
const MAX_TAGS = 5;
const MAX_VALUE_LENGTH = 128;
/** The most tags of one request that are read. */
const MAX_TAGS_READ = 32;
/** Listing the names of an object with more properties takes noticeable time, so the function then pauses. */
const MAX_NAMES = 1000;

const OTHER = '(other)';
const NONE: TagSet = { id: 0, tags: {} };
/** Ids are different for each set of the process: a recorder has one of these for each use of it. */
let lastId = 0;

type Pair = readonly [name: string, value: string];

/**
 * Interns the results of the `requestTags` option, and bounds them: the first 32 tags are read, sorted by name; the
 * first 5 of these with valid names are kept, with values as text of at most 128 characters. There are at most 100
 * distinct sets. They hold copies of the texts.
 */
export class RequestTags {
  readonly #taken: object;
  readonly #base: Readonly<Record<string, string>>;
  /** For requests without tags of their own. */
  readonly none: TagSet;
  readonly #sets = new Map<string, TagSet>();
  /** The number of requests whose tags are skipped next, after one returned too many. */
  #pause = 0;

  /**
   * @param taken tags of every point, which requests cannot override
   * @param base those of them that are written as if `requestTags` had returned them for each request
   */
  constructor(taken: Readonly<Record<string, string>>, base: Readonly<Record<string, string>> = {}) {
    this.#taken = taken;
    this.#base = base;
    this.none = Object.keys(base).length === 0 ? NONE : { id: ++lastId, tags: base };
  }

  /** @throws if `given` has too many properties, and what reading it throws */
  intern(given: unknown): TagSet {
    if (this.#pause > 0) {
      this.#pause--;
      return this.none;
    }
    if (typeof given !== 'object' || given === null) return this.none;
    const names = Object.keys(given);
    if (names.length > MAX_NAMES) {
      this.#pause = names.length;
      throw new RangeError(`it returned ${names.length} tags, where at most ${MAX_TAGS_READ} are read`);
    }
    if (names.length > MAX_TAGS_READ) names.length = MAX_TAGS_READ;
    const tags: Pair[] = [];
    let key = '';
    for (const name of names.sort()) {
      if (tags.length === MAX_TAGS) break;
      if (!mayBeTag(name) || Object.hasOwn(this.#taken, name)) continue;
      const value: unknown = (given as Record<string, unknown>)[name];
      if (value === undefined || value === null || typeof value === 'object' || typeof value === 'function')
        continue;
      const text = cut(String(value), MAX_VALUE_LENGTH).toWellFormed();
      tags.push([name, text]);
      // Names contain no `=`, and the length marks the end of the value, so the key is unique to this set.
      key += `${name}=${text.length}:${text}`;
    }
    if (key === '') return this.none;
    return this.#sets.get(key) ?? this.#add(key, tags);
  }

  #add(key: string, tags: readonly Pair[]): TagSet {
    if (this.#sets.size < MAX_SETS) return this.#keep(key, tags);
    const names = tags.map(([name]) => name);
    const others = names.join();
    // There is one `(other)` set for each combination of names, and at most twice the bound in total.
    return (
      this.#sets.get(others) ??
      (this.#sets.size < 2 * MAX_SETS
        ? this.#keep(
            others,
            names.map((name): Pair => [name, OTHER]),
          )
        : this.none)
    );
  }

  #keep(key: string, tags: readonly Pair[]): TagSet {
    const copies = tags.map(([name, value]): Pair => [own(name), own(value)]);
    const set: TagSet = { id: ++lastId, tags: { ...this.#base, ...Object.fromEntries(copies) } };
    this.#sets.set(own(key), set);
    return set;
  }
}

function own(text: string): string {
  return copyOf(text, text.length);
}
