import type { TagSet } from '../../record/series.ts';

/** Distinct sets of extra tags; what comes after them is `(other)`, so that a wrong choice cannot flood the database. */
const MOST_SETS = 100;
const MOST_TAGS = 5;
const MOST_VALUE = 128;

const NONE: TagSet = { id: 0, tags: {} };

/**
 * Interns what the `requestTags` option returns. Bounded and checked here: at most 5 tags with names that may be
 * tags, values as text of at most 128 characters, at most 100 distinct sets.
 */
export class RequestTags {
  readonly #mayBeTag: (name: string) => boolean;
  readonly #sets = new Map<string, TagSet>();

  constructor(mayBeTag: (name: string) => boolean) {
    this.#mayBeTag = mayBeTag;
  }

  intern(given: unknown): TagSet {
    if (typeof given !== 'object' || given === null) return NONE;
    const tags: Record<string, string> = {};
    let key = '';
    for (const name of Object.keys(given).sort().slice(0, MOST_TAGS)) {
      const value: unknown = (given as Record<string, unknown>)[name];
      if (value === undefined || value === null || typeof value === 'object' || typeof value === 'function')
        continue;
      if (!this.#mayBeTag(name)) continue;
      tags[name] = String(value).slice(0, MOST_VALUE);
      key += `${name}=${tags[name]}\n`;
    }
    if (key === '') return NONE;
    return this.#sets.get(key) ?? this.#add(key, tags);
  }

  #add(key: string, tags: Record<string, string>): TagSet {
    if (this.#sets.size >= MOST_SETS) {
      for (const name of Object.keys(tags)) tags[name] = '(other)';
      key = Object.keys(tags).join('\n');
      const known = this.#sets.get(key);
      if (known !== undefined) return known;
      // As many of these as there are names, and no more than twice the bound in all.
      if (this.#sets.size >= 2 * MOST_SETS) return NONE;
    }
    const set: TagSet = { id: this.#sets.size + 1, tags };
    this.#sets.set(key, set);
    return set;
  }
}
