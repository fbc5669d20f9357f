import { copyOf, cut } from '../../../safety/foreign-text.ts';
import { IdPool } from './id-pool.ts';
import { addedAfter, type Positioned } from './positioned.ts';

/** The most different paths, and their total length. */
const MAX_PATHS = 50_000;
const MAX_TOTAL_LENGTH = 4_000_000;
const MAX_PATH_LENGTH = 2048;

export interface StoredPath extends Positioned {
  readonly id: number;
  readonly text: string;
}

/** Gives each path an id, from 1. Its size is bounded: beyond the limits, paths are not stored. */
export class PathIndex {
  readonly #texts = new Map<string, StoredPath>();
  readonly #ids = new IdPool(1);
  #characters = 0;
  #added = 0;

  /** Whether a path was not stored since the last {@link forget}. */
  full = false;

  /** Ids are smaller than this. {@link forget} makes ids free, which are then reused. */
  get ids(): number {
    return this.#ids.end;
  }

  /** The number of paths that were ever added. */
  get added(): number {
    return this.#added;
  }

  /** The paths after position `position`, oldest first, up to about `size` characters. */
  addedAfter(position: number, size: number = Number.POSITIVE_INFINITY): StoredPath[] {
    return addedAfter(this.#texts.values(), position, size);
  }

  /** The id of a path; 0 if it is not stored. */
  intern(written: string): number {
    const text = cut(written, MAX_PATH_LENGTH);
    const known = this.#texts.get(text);
    if (known !== undefined) return known.id;
    if (this.#texts.size >= MAX_PATHS || this.#characters + text.length > MAX_TOTAL_LENGTH) {
      this.full = true;
      return 0;
    }
    const own = copyOf(text, MAX_PATH_LENGTH);
    const kept = { id: this.#ids.take(), text: own, position: ++this.#added, size: own.length };
    this.#texts.set(own, kept);
    this.#characters += own.length;
    return kept.id;
  }

  /** Removes the paths that no row uses. */
  forget(isUsed: (id: number) => boolean): void {
    for (const { text, id } of this.#texts.values()) {
      if (isUsed(id)) continue;
      this.#texts.delete(text);
      this.#ids.free(id);
      this.#characters -= text.length;
    }
    this.full = false;
  }
}
