import { type Fate, givenUp } from '../../record/ledger.ts';
import { cancel, every, type Timer } from '../../safety/time.ts';
import { Pending } from '../queue/pending.ts';
import type { SpoolFile } from './inventory.ts';
import { Spool } from './spool.ts';

/** How often the spools of dead processes are looked for. */
const ADOPT_MS = 30_000;
/** What becomes of lines from a file is told by the file's name. */
const NOBODY = { settled: () => {} };

export interface SpoolerOptions {
  readonly dir: string;
  readonly maxBytes: number;
}

export interface SpoolerEvents {
  /** Files of this process are there from an earlier thread. */
  adopted(names: readonly string[]): void;
  /** What became of lines that were on disk. */
  unspooled(file: SpoolFile, fate: Fate): void;
  /** Something that its operator should know of. */
  warning(text: string): void;
}

/** The stage between queue and disk: puts lines that wait into files, and takes them out again. */
export class Spooler {
  readonly #spool: Spool;
  readonly #events: Partial<SpoolerEvents>;
  readonly #adopting: Timer;

  /** @param arrived called when files of other processes may have been adopted */
  constructor(
    { dir, maxBytes }: SpoolerOptions,
    key: string,
    events: Partial<SpoolerEvents>,
    arrived: () => void,
  ) {
    this.#events = events;
    this.#spool = new Spool({
      dir,
      maxBytes,
      key,
      events: {
        lost: (file, uncertain, reason) => events.unspooled?.(file, givenUp(file.count, reason, uncertain)),
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
  put({ lines, uncertain, holder }: Pending): boolean {
    const put = this.#spool.put(lines, { uncertain });
    if (put.kept) holder.spooled?.(put.file);
    else this.#events.warning?.(`${put.reason}; it waits in memory`);
    return put.kept;
  }

  /** The oldest lines on disk. */
  next(): Pending | undefined {
    const next = this.#spool.next();
    return next && new Pending(next.lines, NOBODY, next.file.uncertain, next.file);
  }

  /** They stay on disk, to be tried again. */
  release(file: SpoolFile, uncertain: boolean): void {
    file.uncertain = uncertain;
    this.#spool.release(file);
  }

  /** They have met their fate. */
  done(file: SpoolFile, fate: Fate): void {
    this.#spool.done(file);
    this.#events.unspooled?.(file, fate);
  }

  /** Leaves what is on disk to others. */
  close(): void {
    cancel(this.#adopting);
    this.#spool.close();
  }
}
