import { type DeliveryResult, undelivered } from '../../record/ledger.ts';
import { cancel, every, type Timer } from '../../safety/time.ts';
import { PendingWrite } from '../queue/pending-write.ts';
import { Spool } from './spool.ts';
import type { SpoolFile } from './spool-index.ts';

/** How often the spools of dead processes are looked for. */
const ADOPT_MS = 30_000;
/** What becomes of lines from a file is told by the file's name. */
const IGNORE_RESULT = { settled: () => {} };

export interface SpoolStageOptions {
  readonly dir: string;
  readonly maxBytes: number;
}

export interface SpoolStageEvents {
  /** Files of this process are there from an earlier thread. */
  adopted(names: readonly string[]): void;
  /** What became of lines that were on disk. */
  fileSettled(file: SpoolFile, result: DeliveryResult): void;
  /** Something that its operator should know of. */
  warning(text: string): void;
}

/** The stage between queue and disk: puts lines that wait into files, and takes them out again. */
export class SpoolStage {
  readonly #spool: Spool;
  readonly #events: Partial<SpoolStageEvents>;
  readonly #adopting: Timer;

  /** @param arrived called when files of other processes may have been adopted */
  constructor(
    { dir, maxBytes }: SpoolStageOptions,
    key: string,
    events: Partial<SpoolStageEvents>,
    arrived: () => void,
  ) {
    this.#events = events;
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
    this.#adopting = every('the look for other spools', ADOPT_MS, () => {
      this.#spool.adopt();
      arrived();
    });
  }

  /** Returns false if they could not be written: they have to stay in memory. */
  put({ lines, maybeStored, listener }: PendingWrite): boolean {
    const put = this.#spool.put(lines, { maybeStored });
    if (put.kept) listener.spooled?.(put.file);
    else this.#events.warning?.(`${put.reason}; it waits in memory`);
    return put.kept;
  }

  /** The oldest lines on disk. */
  next(): PendingWrite | undefined {
    const next = this.#spool.next();
    return next && new PendingWrite(next.lines, IGNORE_RESULT, next.file.maybeStored, next.file);
  }

  /** They stay on disk, to be tried again. */
  release(file: SpoolFile, maybeStored: boolean): void {
    file.maybeStored = maybeStored;
    this.#spool.release(file);
  }

  /** They have met their result. */
  done(file: SpoolFile, result: DeliveryResult): void {
    this.#spool.done(file);
    this.#events.fileSettled?.(file, result);
  }

  /** Leaves what is on disk to foreignFolders. */
  close(): void {
    cancel(this.#adopting);
    this.#spool.close();
  }
}
