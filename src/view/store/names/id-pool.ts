/** Allocates ids. Free ids are reused first, so that tables by id stay small. */
export class IdPool {
  readonly #free: number[] = [];
  #end: number;

  /** @param first the smallest id */
  constructor(first: number) {
    this.#end = first;
  }

  /** One more than the greatest id so far. */
  get end(): number {
    return this.#end;
  }

  take(): number {
    return this.#free.pop() ?? this.#end++;
  }

  free(id: number): void {
    this.#free.push(id);
  }
}
