import { copyOf } from '../../../safety/foreign-text.ts';
import type { Series } from '../../shared/feed.ts';
import { IdPool } from './id-pool.ts';
import { addedAfter, type Positioned } from './positioned.ts';

/** The most different values of a tag. Further values become {@link OTHER}. */
const MAX_VALUES_PER_TAG = 2000;
/** The most names of tags that the data model does not have. Further ones are left out. */
const MAX_CUSTOM_TAGS = 32;
/**
 * The most tag sets. When isEssential are left, requests lose the tags with many values; when none is left, they share one
 * tag set.
 */
const MAX_SERIES = 20_000;
const RESERVED_SERIES = 4000;
/** If all sets together have this many tags, requests lose the tags with many values. */
const MAX_TOTAL_TAGS = 250_000;
/** The most UTF-16 units of a value; longer ones are cut. */
const MAX_VALUE_LENGTH = 512;
const MAX_NAME_LENGTH = 128;
/** The most characters of all names and values together. */
const MAX_TEXT_LENGTH = 4 * 2 ** 20;

const OTHER = '(other)';

const KNOWN: readonly string[] = 'hostname process worker thread method route status outcome service'.split(
  ' ',
);
/** The tags that are stored if there are too many tag sets. */
const ESSENTIAL_TAGS: ReadonlySet<string> = new Set(['method', 'status', 'outcome']);

export interface StoredSeries extends Series, Positioned {}

export interface Interned {
  readonly id: number;
  /** Whether some tags were changed or left out because of a limit. */
  readonly limited: boolean;
}

/** A tag name, with its values. */
interface Tag {
  readonly name: string;
  readonly id: number;
  readonly known: boolean;
  readonly isEssential: boolean;
  readonly values: Map<string, Value>;
  /** The value for all values beyond the limit. */
  readonly other: Value;
}

interface Value {
  readonly tag: Tag;
  readonly text: string;
  /** Identifies the text among the values of the tag, as long as it is stored. */
  readonly id: number;
  isUsed: boolean;
}

interface Entry extends StoredSeries {
  readonly values: readonly Value[];
}

/**
 * Gives each tag set an id. Its size is bounded: values, names and sets beyond the limits are merged, and the
 * requests that have them count as limited.
 */
export class SeriesIndex {
  readonly #sets = new Map<string, Entry>();
  readonly #ids = new IdPool(0);
  readonly #tags = new Map<string, Tag>();
  #totalTags = 0;
  #text = 0;
  #added = 0;
  #nextTag = 0;
  #nextValue = 1;

  /** Whether a limit was reached since the last {@link forget}. */
  full = false;

  constructor() {
    for (const name of KNOWN) this.#addTag(name, true);
  }

  get size(): number {
    return this.#sets.size;
  }

  /** Ids are smaller than this. {@link forget} makes ids free, which are then reused. */
  get ids(): number {
    return this.#ids.end;
  }

  /** The number of tag sets that were ever added. */
  get added(): number {
    return this.#added;
  }

  /** The tag sets after position `position`, oldest first, up to about `size` characters. */
  addedAfter(position: number, size: number = Number.POSITIVE_INFINITY): StoredSeries[] {
    return addedAfter(this.#sets.values(), position, size);
  }

  intern(tags: readonly (readonly [name: string, value: string])[]): Interned {
    const crowded = this.#sets.size >= MAX_SERIES - RESERVED_SERIES || this.#totalTags >= MAX_TOTAL_TAGS;
    let values: Value[] = [];
    let limited = false;
    for (const [name, written] of tags) {
      const tag = this.#tags.get(name) ?? this.#addOwnTag(name);
      const isLost = tag === undefined || (crowded && !tag.known);
      const value = isLost
        ? undefined
        : crowded && !tag.isEssential
          ? tag.other
          : this.#valueOf(tag, written);
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

  /** Removes the tag sets that no row uses, and the names and values that only they have. */
  forget(isUsed: (id: number) => boolean): void {
    for (const [key, { id, values }] of this.#sets) {
      if (isUsed(id)) {
        for (const value of values) value.isUsed = true;
        continue;
      }
      this.#sets.delete(key);
      this.#ids.free(id);
      this.#totalTags -= values.length;
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
    // A tag may have any name, even `__proto__`.
    const tags = Object.fromEntries(values.map(({ tag, text }) => [tag.name, text]));
    const size = values.reduce((sum, { tag, text }) => sum + tag.name.length + text.length, 0);
    const entry = { id: this.#ids.take(), tags, position: ++this.#added, size, values };
    this.#sets.set(key, entry);
    this.#totalTags += values.length;
    return entry;
  }

  #addOwnTag(name: string): Tag | undefined {
    if (name.length > MAX_NAME_LENGTH || this.#tags.size >= KNOWN.length + MAX_CUSTOM_TAGS) return undefined;
    return this.#addTag(copyOf(name, MAX_NAME_LENGTH), false);
  }

  #addTag(name: string, known: boolean): Tag {
    const other = { text: OTHER, id: 0, isUsed: false } as Value;
    const tag = {
      name,
      id: this.#nextTag++,
      known,
      isEssential: ESSENTIAL_TAGS.has(name),
      values: new Map(),
      other,
    };
    Object.assign(other, { tag });
    this.#tags.set(name, tag);
    this.#text += name.length;
    return tag;
  }

  /** The stored value for a text. */
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

/** Inserts a value in the position of the tags' ids. */
function insert(values: Value[], value: Value): void {
  let at = values.length;
  for (; at > 0 && values[at - 1]!.tag.id > value.tag.id; at--) values[at] = values[at - 1]!;
  values[at] = value;
}

/** The key of a tag set, which does not depend on the position of its tags. */
function keyOf(values: readonly Value[]): string {
  let key = '';
  for (const { tag, id } of values) key += `${tag.id}=${id},`;
  return key;
}
