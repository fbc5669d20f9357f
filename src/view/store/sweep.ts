import type { PathIndex } from './names/path-index.ts';
import type { SeriesIndex } from './names/series-index.ts';
import type { Ring } from './requests/ring.ts';

/**
 * Removes the tag sets and paths that no row uses, to make room for new ones. It works in steps of a chunk, because
 * fifty million rows take a while, and rows may be added in between.
 */
export class Sweep {
  readonly #rows: Ring;
  readonly #series: SeriesIndex;
  readonly #texts: PathIndex;
  readonly #usedSeries: Uint8Array;
  readonly #usedTexts: Uint8Array;
  /** The next row to check. */
  #row: number;

  constructor(rows: Ring, series: SeriesIndex, texts: PathIndex) {
    this.#rows = rows;
    this.#series = series;
    this.#texts = texts;
    this.#usedSeries = new Uint8Array(series.ids);
    this.#usedTexts = new Uint8Array(texts.ids);
    this.#row = rows.firstRow;
  }

  /** Checks rows until `shouldYield` returns true. After the last row, removes unused entries, and returns true. */
  step(shouldYield: () => boolean): boolean {
    const rows = this.#rows;
    this.#row = Math.max(this.#row, rows.firstRow);
    while (this.#row < rows.endRow) {
      const { chunk, from, to } = rows.partOf(this.#row);
      for (let at = from; at < to; at++) {
        // Entries that were added since the sweep began have greater ids, and count as used.
        this.#usedSeries[chunk.series[at]!] = 1;
        this.#usedTexts[chunk.path[at]!] = 1;
      }
      this.#row += to - from;
      if (this.#row < rows.endRow && shouldYield()) return false;
    }
    this.#series.forget((id) => isUsed(this.#usedSeries, id));
    this.#texts.forget((id) => isUsed(this.#usedTexts, id));
    return true;
  }
}

function isUsed(used: Uint8Array, id: number): boolean {
  return id >= used.length || used[id] === 1;
}
