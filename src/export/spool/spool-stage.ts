import { type DeliveryResult, undelivered } from '../../record/ledger.ts';
import { cancel, every, type Timer } from '../../safety/time.ts';
import { PendingWrite } from '../queue/pending-write.ts';
import { writeDestination } from './destination-file.ts';
import { describeLeftBehind, leftBehind } from './left-behind.ts';
import { type Destined, spoolKey } from './owner.ts';
import { Spool } from './spool.ts';
import type { SpoolFile } from './spool-index.ts';

/** The interval of the search for spools of dead processes. */
const ADOPT_MS = 30_000;
/** The exporter reports results of files by `done`. */
const IGNORE_RESULT = { settled: () => {} };

export interface SpoolStageOptions {
  readonly dir: string;
  readonly maxBytes: number;
}

export interface SpoolStageEvents {
  /** Reports the files that an earlier thread of this process has left. */
  adopted(names: readonly string[]): void;
  /** Reports the result of lines that were on disk. */
  fileSettled(file: SpoolFile, result: DeliveryResult): void;
  /** Reports a problem to the operator. */
  warning(text: string): void;
}

/** The stage between the queue and the disk: writes lines to the spool, and reads them again. */
export class SpoolStage {
  readonly #spool: Spool;
  readonly #dir: string;
  readonly #destination: Destined;
  readonly #events: Partial<SpoolStageEvents>;
  #isNamed = false;
  readonly #adopting: Timer;

  /** @param wake called when files of other processes may have been adopted */
  constructor(
    { dir, maxBytes }: SpoolStageOptions,
    destination: Destined,
    events: Partial<SpoolStageEvents>,
    wake: () => void,
  ) {
    const key = spoolKey(destination);
    this.#events = events;
    this.#dir = dir;
    this.#destination = destination;
    this.#spool = new Spool({
      dir,
      maxBytes,
      key,
      events: {
        lost: (file, maybeStored, reason) =>
          events.fileSettled?.(file, undelivered(file.count, reason, maybeStored)),
        damaged: (path, reason) => events.warning?.(`${path} is damaged: ${reason}`),
      },
    });
    this.#spool.adopt();
    events.adopted?.(this.#spool.ownNames);
    // Nobody else says so, if a setting was corrected.
    for (const left of leftBehind(dir, key))
      events.warning?.(
        `the spool ${dir} holds lines that this process does not deliver: ${describeLeftBehind(left)}. To send them to the database of the present settings: npx raw-requests replay --to-current ${dir}`,
      );
    this.#adopting = every('the look for other spools', ADOPT_MS, () => {
      this.#spool.adopt();
      wake();
    });
  }

  /** Writes lines. Returns false if that failed; the lines must then stay in memory. */
  put({ lines, maybeStored, listener }: PendingWrite): boolean {
    const put = this.#spool.put(lines, { maybeStored });
    if (put.kept) {
      this.#nameDestination();
      listener.spooled?.(put.file);
    } else this.#events.warning?.(`${put.reason}; it waits in memory`);
    return put.kept;
  }

  #nameDestination(): void {
    if (this.#isNamed) return;
    this.#isNamed = true;
    const { url, writePath } = this.#destination;
    const address = url + writePath.replace(/[?&]precision=ns$/, '');
    writeDestination(this.#dir, spoolKey(this.#destination), address);
  }

  /** The oldest lines on disk. */
  next(): PendingWrite | undefined {
    const next = this.#spool.next();
    return next && new PendingWrite(next.lines, IGNORE_RESULT, next.file.maybeStored, next.file);
  }

  /** The lines stay on disk, for another attempt. */
  release(file: SpoolFile, maybeStored: boolean): void {
    file.maybeStored = maybeStored;
    this.#spool.release(file);
  }

  /** Removes lines that have a result. */
  done(file: SpoolFile, result: DeliveryResult): void {
    this.#spool.done(file);
    this.#events.fileSettled?.(file, result);
  }

  /** Releases the files on disk for other processes. */
  close(): void {
    cancel(this.#adopting);
    this.#spool.close();
  }
}
