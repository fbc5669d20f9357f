import { copyOf, cut } from '../../../safety/foreign-text.ts';
import { type Ordered, since } from './ordered.ts';
import { ReusedIds } from './reused-ids.ts';

/** Different texts that are kept, and their length together. */
const MAX_PATHS = 50_000;
const MAX_TOTAL_LENGTH = 4_000_000;
const MAX_PATH_LENGTH = 2048;

export interface OrderedText extends Ordered {
  readonly id: number;
  readonly text: string;
}

/** Gives each path of a request a number, from 1. Bounded: beyond the limits a path is not kept. */
export class PathIndex {
  readonly #texts = new Map<string, OrderedText>();
  readonly #ids = new ReusedIds(1);
  #characters = 0;
  #added = 0;

  /** Whether a text was not kept since the last {@link forget}. */
  full = false;

  /** No number is greater. A number is used again once {@link forget} has made it free. */
  get ids(): number {
    return this.#ids.end;
  }

  /** How many were ever added. */
  get added(): number {
    return this.#added;
  }

  /** Those that were added after the first `order`, oldest first: as many as `size` characters tell. */
  since(order: number, size: number = Number.POSITIVE_INFINITY): OrderedText[] {
    return since(this.#texts.values(), order, size);
  }

  /** The number of a text, 0 if it is not kept. */
  intern(written: string): number {
    const text = cut(written, MAX_PATH_LENGTH);
    const known = this.#texts.get(text);
    if (known !== undefined) return known.id;
    if (this.#texts.size >= MAX_PATHS || this.#characters + text.length > MAX_TOTAL_LENGTH) {
      this.full = true;
      return 0;
    }
    const own = copyOf(text, MAX_PATH_LENGTH);
    const kept = { id: this.#ids.take(), text: own, order: ++this.#added, size: own.length };
    this.#texts.set(own, kept);
    this.#characters += own.length;
    return kept.id;
  }

  /** Forgets the texts that nothing uses any more. */
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
