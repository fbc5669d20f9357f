import { type DeliveryResult, type Ledger, undelivered } from '../../record/ledger.ts';

/** The files in the spool that hold requests of this process: the part of the ledger that is on disk. */
export class SpooledFiles {
  readonly #ledger: Ledger;
  /** With their lines. */
  readonly #files = new Map<string, number>();

  constructor(ledger: Ledger) {
    this.#ledger = ledger;
  }

  add(file: string, lines: number): void {
    this.#files.set(file, lines);
    this.#ledger.spooled += lines;
  }

  /**
   * Counts what became of the lines of a file, ours or that of a process that died. Returns false if that is no news: a
   * worker put it on disk and died before it could say so, and its successor was given the same lines.
   */
  settle(file: string, own: boolean, result: DeliveryResult): boolean {
    if (!own) {
      this.#ledger.recovered += result.acknowledged;
      return true;
    }
    const lines = this.#files.get(file);
    if (lines === undefined) return false;
    this.#files.delete(file);
    this.#ledger.spooled -= lines;
    this.#ledger.settle(result);
    return true;
  }

  /** What a worker that died had on disk, and its successor has not: another process was quicker, and delivers it. */
  missing(there: readonly string[]): { file: string; result: DeliveryResult }[] {
    const found = new Set(there);
    return [...this.#files]
      .filter(([file]) => !found.has(file))
      .map(([file, lines]) => ({ file, result: undelivered(lines, 'adopted by another process', true) }));
  }
}
