/** Different texts that are kept, and their length together. */
const MOST_TEXTS = 50_000;
const MOST_CHARACTERS = 4_000_000;
const LONGEST_TEXT = 2048;

/** Paths of requests, each with a number of its own, from 1. Bounded: beyond the limits a text is not kept. */
export class TextBook {
  readonly #ids = new Map<string, number>();
  #characters = 0;
  #nextId = 1;

  /** Whether a text was not kept since the last {@link forget}. */
  full = false;

  get nextId(): number {
    return this.#nextId;
  }

  /** Those with numbers from `id` on. */
  since(id: number): [id: number, text: string][] {
    const found: [number, string][] = [];
    for (const [text, number] of this.#ids) if (number >= id) found.push([number, text]);
    return found;
  }

  /** The number of a text, 0 if it is not kept. */
  intern(written: string): number {
    const text = written.length > LONGEST_TEXT ? `${written.slice(0, LONGEST_TEXT - 1)}…` : written;
    const known = this.#ids.get(text);
    if (known !== undefined) return known;
    if (this.#ids.size >= MOST_TEXTS || this.#characters + text.length > MOST_CHARACTERS) {
      this.full = true;
      return 0;
    }
    const id = this.#nextId++;
    this.#ids.set(text, id);
    this.#characters += text.length;
    return id;
  }

  /** Forgets the texts that nothing uses any more. */
  forget(isUsed: (id: number) => boolean): void {
    for (const [text, id] of this.#ids) {
      if (isUsed(id)) continue;
      this.#ids.delete(text);
      this.#characters -= text.length;
    }
    this.full = false;
  }
}
