/** A file of the spool that this process has to deliver. */
export interface SpoolFile {
  /** Stays the same when the next thread of the process adopts its folder. */
  readonly name: string;
  readonly folder: string;
  /** Number of lines. */
  readonly count: number;
  readonly bytes: number;
  /** Written by this process, possibly by a thread that has died. */
  readonly own: boolean;
  /** An attempt may have stored its lines. */
  maybeStored: boolean;
  /** Its lines are being sent to the database. */
  inFlight: boolean;
}

export interface SpoolCounts {
  /** Files that this process has to deliver. */
  readonly files: number;
  readonly bytes: number;
  /** Lines written by this process. */
  readonly lines: number;
  /** Lines of dead processes. */
  readonly adoptedLines: number;
}

/** The files that this process has to deliver, oldest first. */
export class SpoolIndex {
  readonly #files: SpoolFile[] = [];
  #bytes = 0;

  get bytes(): number {
    return this.#bytes;
  }

  get counts(): SpoolCounts {
    const lines = (own: boolean) =>
      this.#files.reduce((sum, file) => sum + (file.own === own ? file.count : 0), 0);
    return {
      files: this.#files.length,
      bytes: this.#bytes,
      lines: lines(true),
      adoptedLines: lines(false),
    };
  }

  /** The files that this process has written. */
  get ownNames(): string[] {
    return this.#files.filter(({ own }) => own).map(({ name }) => name);
  }

  has(file: SpoolFile): boolean {
    return this.#files.includes(file);
  }

  add(file: SpoolFile): void {
    // Nearly always, this is the last position.
    const before = this.#files.findLastIndex(({ name }) => name <= file.name);
    this.#files.splice(before + 1, 0, file);
    this.#bytes += file.bytes;
  }

  remove(file: SpoolFile): void {
    const at = this.#files.indexOf(file);
    if (at === -1) return;
    this.#files.splice(at, 1);
    this.#bytes -= file.bytes;
  }

  /** The oldest file that is not in flight. */
  next(): SpoolFile | undefined {
    return this.#files.find(({ inFlight }) => !inFlight);
  }

  in(folder: string): SpoolFile[] {
    return this.#files.filter((file) => file.folder === folder);
  }

  /** The oldest files that are not in flight and have at least `bytes` together; undefined if there are fewer bytes. */
  oldest(bytes: number): SpoolFile[] | undefined {
    const found: SpoolFile[] = [];
    let missing = bytes;
    for (const file of this.#files) {
      if (missing <= 0) break;
      if (file.inFlight) continue;
      found.push(file);
      missing -= file.bytes;
    }
    return missing > 0 ? undefined : found;
  }
}
