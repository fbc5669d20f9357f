import { copyOf } from '../../../safety/foreign-text.ts';
import type { Series } from '../../shared/feed.ts';
import { type Ordered, since } from './ordered.ts';
import { ReusedIds } from './reused-ids.ts';

/** Different values of one tag that are told apart; further ones are {@link OTHER}. */
const MAX_VALUES_PER_TAG = 2000;
/** Names of tags that the data model does not have; further ones are left out. */
const MAX_CUSTOM_TAGS = 32;
/** Tag sets. Near it, requests lose the tags that multiply; at it, all further ones share one tag set. */
const MAX_SERIES = 20_000;
const RESERVED_SERIES = 4000;
/** Tags of all sets together, from which on requests lose the tags that multiply. */
const MAX_TOTAL_TAGS = 250_000;
/** Longer values are cut. */
const MAX_VALUE_LENGTH = 512;
const MAX_NAME_LENGTH = 128;
/** Characters of all names and values together. */
const MAX_TEXT_LENGTH = 4 * 2 ** 20;

const OTHER = '(other)';

const KNOWN: readonly string[] = 'hostname process worker thread method route status outcome service'.split(
  ' ',
);
/** What is kept of a tag set when there are too many. */
const FEW: ReadonlySet<string> = new Set(['method', 'status', 'outcome']);

export interface OrderedSeries extends Series, Ordered {}

export interface Interned {
  readonly id: number;
  /** Not all tags are as they were written: there are too many different ones. */
  readonly limited: boolean;
}

/** A tag by its name, with the values that are kept. */
interface Tag {
  readonly name: string;
  readonly id: number;
  readonly known: boolean;
  readonly few: boolean;
  readonly values: Map<string, Value>;
  /** Stands for the values that are not told apart. */
  readonly other: Value;
}

interface Value {
  readonly tag: Tag;
  readonly text: string;
  /** The same text of a tag has the same number as long as it is kept. */
  readonly id: number;
  isUsed: boolean;
}

interface Entry extends OrderedSeries {
  readonly values: readonly Value[];
}

/**
 * Gives each tag set of a request a number. Everything in it is bounded: values, names and sets beyond the limits
 * become one, and the requests that have them are said to be limited.
 */
export class SeriesIndex {
  readonly #sets = new Map<string, Entry>();
  readonly #ids = new ReusedIds(0);
  readonly #tags = new Map<string, Tag>();
  #tagsOfAll = 0;
  #text = 0;
  #added = 0;
  #nextTag = 0;
  #nextValue = 1;

  /** Whether something had to be limited since the last {@link forget}. */
  full = false;

  constructor() {
    for (const name of KNOWN) this.#addTag(name, true);
  }

  get size(): number {
    return this.#sets.size;
  }

  /** No number is greater. A number is used again once {@link forget} has made it free. */
  get ids(): number {
    return this.#ids.end;
  }

  /** How many were ever added. */
  get added(): number {
    return this.#added;
  }

  /** Those that were added after the first `order`, oldest first: as many as `size` characters tell. */
  since(order: number, size: number = Number.POSITIVE_INFINITY): OrderedSeries[] {
    return since(this.#sets.values(), order, size);
  }

  intern(tags: readonly (readonly [name: string, value: string])[]): Interned {
    const crowded = this.#sets.size >= MAX_SERIES - RESERVED_SERIES || this.#tagsOfAll >= MAX_TOTAL_TAGS;
    let values: Value[] = [];
    let limited = false;
    for (const [name, written] of tags) {
      const tag = this.#tags.get(name) ?? this.#addOwnTag(name);
      const isLost = tag === undefined || (crowded && !tag.known);
      const value = isLost ? undefined : crowded && !tag.few ? tag.other : this.#valueOf(tag, written);
      if (value?.text !== written) limited = true;
      if (value !== undefined) insert(values, value);
    }
    let key = keyOf(values);
    let entry = this.#sets.get(key);
    if (entry === undefined && this.#sets.size >= MAX_SERIES) {
      limited = true;
      values = KNOWN.map((name) => this.#tags.get(name)!.other);
      key = keyOf(values);
      entry = this.#sets.get(key);
    }
    entry ??= this.#addSet(key, values);
    this.full ||= limited;
    return { id: entry.id, limited };
  }

  /** Forgets the tag sets that nothing uses any more, and the names and values that only they had. */
  forget(isUsed: (id: number) => boolean): void {
    for (const [key, { id, values }] of this.#sets) {
      if (isUsed(id)) {
        for (const value of values) value.isUsed = true;
        continue;
      }
      this.#sets.delete(key);
      this.#ids.free(id);
      this.#tagsOfAll -= values.length;
    }
    for (const { name, known, values, other } of this.#tags.values()) {
      for (const value of values.values()) {
        if (!value.isUsed) {
          values.delete(value.text);
          this.#text -= value.text.length;
        }
        value.isUsed = false;
      }
      const isTagUsed = known || values.size > 0 || other.isUsed;
      other.isUsed = false;
      if (isTagUsed) continue;
      this.#tags.delete(name);
      this.#text -= name.length;
    }
    this.full = false;
  }

  #addSet(key: string, values: readonly Value[]): Entry {
    // A tag may have any name, `__proto__` among them.
    const tags = Object.fromEntries(values.map(({ tag, text }) => [tag.name, text]));
    const size = values.reduce((sum, { tag, text }) => sum + tag.name.length + text.length, 0);
    const entry = { id: this.#ids.take(), tags, order: ++this.#added, size, values };
    this.#sets.set(key, entry);
    this.#tagsOfAll += values.length;
    return entry;
  }

  #addOwnTag(name: string): Tag | undefined {
    if (name.length > MAX_NAME_LENGTH || this.#tags.size >= KNOWN.length + MAX_CUSTOM_TAGS) return undefined;
    return this.#addTag(copyOf(name, MAX_NAME_LENGTH), false);
  }

  #addTag(name: string, known: boolean): Tag {
    const other = { text: OTHER, id: 0, isUsed: false } as Value;
    const tag = { name, id: this.#nextTag++, known, few: FEW.has(name), values: new Map(), other };
    Object.assign(other, { tag });
    this.#tags.set(name, tag);
    this.#text += name.length;
    return tag;
  }

  /** The value as it is kept. */
  #valueOf(tag: Tag, written: string): Value {
    const { values, other } = tag;
    if (written === OTHER) return other;
    const known = values.get(written);
    if (known !== undefined) return known;
    if (values.size >= MAX_VALUES_PER_TAG || this.#text >= MAX_TEXT_LENGTH) return other;
    const text = copyOf(written, MAX_VALUE_LENGTH);
    const cut = values.get(text);
    if (cut !== undefined) return cut;
    const value = { tag, text, id: this.#nextValue++, isUsed: false };
    values.set(text, value);
    this.#text += text.length;
    return value;
  }
}

/** In the order of the names' numbers. */
function insert(values: Value[], value: Value): void {
  let at = values.length;
  for (; at > 0 && values[at - 1]!.tag.id > value.tag.id; at--) values[at] = values[at - 1]!;
  values[at] = value;
}

/** The same for the same tag set, in whatever order its tags were written. */
function keyOf(values: readonly Value[]): string {
  let key = '';
  for (const { tag, id } of values) key += `${tag.id}=${id},`;
  return key;
}
