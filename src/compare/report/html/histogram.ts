import { binOf, type Histogram } from './page-data.ts';

/** Counts response times of any number of rounds. */
export class ResponseTimes {
  readonly #counts = new Map<number, number>();

  add(seconds: ArrayLike<number>): void {
    for (let i = 0; i < seconds.length; i++) {
      if (Number.isNaN(seconds[i]!)) continue;
      const bin = binOf(seconds[i]!);
      this.#counts.set(bin, (this.#counts.get(bin) ?? 0) + 1);
    }
  }

  get histogram(): Histogram {
    const bins = [...this.#counts.keys()].sort((a, b) => a - b);
    const [first = 0, last = -1] = [bins[0], bins.at(-1)];
    const counts = Array.from({ length: last - first + 1 }, (_, i) => this.#counts.get(first + i) ?? 0);
    return { first, counts };
  }
}
