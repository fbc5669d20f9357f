import { mayBeTag } from '../../options/options.ts';
import type { TagSet } from '../../record/series.ts';
import { copyOf, cut } from '../../safety/foreign-text.ts';

/** Distinct sets of extra tags; what comes after them is `(other)`, so that a wrong choice cannot flood the database. */
const MOST_SETS = 100;
const MOST_TAGS = 5;
const MOST_VALUE = 128;
/** Tags of one request that are looked at. */
const MOST_READ = 32;
/** To list this many costs the application time, of which there shall not be more for each request. */
const FAR_TOO_MANY = 1000;

const OTHER = '(other)';
const NONE: TagSet = { id: 0, tags: {} };
/** Ids are different for each set of the process: a recorder has one of these for each use of it. */
let lastId = 0;

type Pair = readonly [name: string, value: string];

/**
 * Interns what the `requestTags` option returns. Bounded and checked here: of the first 32 tags those with names that
 * may be tags, of these at most 5, in the order of their names; values as text of at most 128 characters; at most 100
 * distinct sets, each made of copies.
 */
export class RequestTags {
  readonly #taken: object;
  readonly #base: Readonly<Record<string, string>>;
  /** For requests without tags of their own. */
  readonly none: TagSet;
  readonly #sets = new Map<string, TagSet>();
  /** So many requests go without being looked at, for one that cost too much. */
  #pause = 0;

  /**
   * @param taken tags of every point
   * @param base of these, the ones that are written as if each request had them
   */
  constructor(taken: Readonly<Record<string, string>>, base: Readonly<Record<string, string>> = {}) {
    this.#taken = taken;
    this.#base = base;
    this.none = Object.keys(base).length === 0 ? NONE : { id: ++lastId, tags: base };
  }

  /** @throws whatever reading `given` throws */
  intern(given: unknown): TagSet {
    if (this.#pause > 0) {
      this.#pause--;
      return this.none;
    }
    if (typeof given !== 'object' || given === null) return this.none;
    const names = Object.keys(given);
    if (names.length > FAR_TOO_MANY) {
      this.#pause = names.length;
      throw new RangeError(`it returned ${names.length} tags, where at most ${MOST_READ} are read`);
    }
    if (names.length > MOST_READ) names.length = MOST_READ;
    const tags: Pair[] = [];
    let key = '';
    for (const name of names.sort()) {
      if (tags.length === MOST_TAGS) break;
      if (!mayBeTag(name) || Object.hasOwn(this.#taken, name)) continue;
      const value: unknown = (given as Record<string, unknown>)[name];
      if (value === undefined || value === null || typeof value === 'object' || typeof value === 'function')
        continue;
      const text = cut(String(value), MOST_VALUE).toWellFormed();
      tags.push([name, text]);
      // A name has no `=`, and the length says where the value ends: no other set has this key.
      key += `${name}=${text.length}:${text}`;
    }
    if (key === '') return this.none;
    return this.#sets.get(key) ?? this.#add(key, tags);
  }

  #add(key: string, tags: readonly Pair[]): TagSet {
    if (this.#sets.size < MOST_SETS) return this.#keep(key, tags);
    const names = tags.map(([name]) => name);
    const others = names.join();
    // As many of these as there are names, and no more than twice the bound in all.
    return (
      this.#sets.get(others) ??
      (this.#sets.size < 2 * MOST_SETS
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
