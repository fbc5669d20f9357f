/** Numbers for things that come and go: one that is free again is taken first, so that tables by number stay small. */
export class ReusedIds {
  readonly #free: number[] = [];
  #end: number;

  /** @param first the smallest */
  constructor(first: number) {
    this.#end = first;
  }

  /** One more than the greatest that was ever taken. */
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
