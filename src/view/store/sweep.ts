import type { PathIndex } from './names/path-index.ts';
import type { SeriesIndex } from './names/series-index.ts';
import type { Ring } from './requests/ring.ts';

/**
 * Makes room for new tag sets and paths where the rows that used the old ones are gone. In steps, a chunk at a time:
 * fifty million rows take a while, and rows may come in between.
 */
export class Sweep {
  readonly #rows: Ring;
  readonly #series: SeriesIndex;
  readonly #texts: PathIndex;
  readonly #usedSeries: Uint8Array;
  readonly #usedTexts: Uint8Array;
  /** The first row that was not looked at. */
  #row: number;

  constructor(rows: Ring, series: SeriesIndex, texts: PathIndex) {
    this.#rows = rows;
    this.#series = series;
    this.#texts = texts;
    this.#usedSeries = new Uint8Array(series.ids);
    this.#usedTexts = new Uint8Array(texts.ids);
    this.#row = rows.firstRow;
  }

  /** Looks at rows until `isOver`; with the last one, forgets what none of them uses, and returns true. */
  step(isOver: () => boolean): boolean {
    const rows = this.#rows;
    this.#row = Math.max(this.#row, rows.firstRow);
    while (this.#row < rows.endRow) {
      const { chunk, from, to } = rows.partOf(this.#row);
      for (let at = from; at < to; at++) {
        // What is new since the sweep began is beyond the end of these, and in use.
        this.#usedSeries[chunk.series[at]!] = 1;
        this.#usedTexts[chunk.path[at]!] = 1;
      }
      this.#row += to - from;
      if (this.#row < rows.endRow && isOver()) return false;
    }
    this.#series.forget((id) => isUsed(this.#usedSeries, id));
    this.#texts.forget((id) => isUsed(this.#usedTexts, id));
    return true;
  }
}

function isUsed(used: Uint8Array, id: number): boolean {
  return id >= used.length || used[id] === 1;
}
