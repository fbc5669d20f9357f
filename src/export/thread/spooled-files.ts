import { type DeliveryResult, type Ledger, undelivered } from '../../record/ledger.ts';

/** The files in the spool that contain requests of this process: the part of the ledger that is on disk. */
export class SpooledFiles {
  readonly #ledger: Ledger;
  /** The number of lines in each file. */
  readonly #files = new Map<string, number>();

  constructor(ledger: Ledger) {
    this.#ledger = ledger;
  }

  add(file: string, lines: number): void {
    this.#files.set(file, lines);
    this.#ledger.spooled += lines;
  }

  /**
   * Counts the result of a file of this process or of a dead one. Returns false if it was counted before: a worker
   * may write a file and die before it reports that, and then the next worker gets the same lines.
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

  /**
   * The files of an earlier worker that the next one has not found. Another process was faster to adopt them, and
   * delivers them.
   */
  missing(there: readonly string[]): { file: string; result: DeliveryResult }[] {
    const found = new Set(there);
    return [...this.#files]
      .filter(([file]) => !found.has(file))
      .map(([file, lines]) => ({ file, result: undelivered(lines, 'adopted by another process', true) }));
  }
}
