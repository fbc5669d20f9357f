import { readdirSync, unlinkSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { now, wallNow } from '../../safety/time.ts';
import type { Lines } from '../lines/lines.ts';
import {
  checkFolder,
  fileName,
  fitsInFile,
  isSafeFolder,
  lineCountOf,
  quarantine,
  type ReadResult,
  readFile,
  removeQuietly,
  sizeOf,
  TEMPORARY_SUFFIX,
  writeFile,
} from './files.ts';
import { ForeignFolders } from './foreign-folders.ts';
import { OwnFolders } from './own-folders.ts';
import { type OwnedFolder, type Owner, thisThread } from './owner.ts';
import { type SpoolCounts, type SpoolFile, SpoolIndex } from './spool-index.ts';

/** After a fault of the disk, it is left alone for so long. */
const PAUSE_MS = 5000;
/** This part of `maxBytes` may be used by damaged files, on top of it. */
const DAMAGED_SHARE = 0.1;
const MISSING = 'removed from the spool, or adopted by another process';

export interface SpoolOptions {
  /** Made when it is first needed. May be shared by any number of processes, for any number of destinations. */
  readonly dir: string;
  /** Bound on all files of all processes in `dir`. */
  readonly maxBytes: number;
  /** Of the destination: see `spoolKey`. */
  readonly key: string;
  readonly events: SpoolEvents;
  /** @default the calling thread */
  readonly owner?: Owner;
  /** A clock that is never set. */
  readonly elapsedMs?: () => number;
}

export interface SpoolEvents {
  /** Lines that had been kept are no longer, and were not delivered. `maybeStored`: the database may have them. */
  lost(file: SpoolFile, maybeStored: boolean, reason: string): void;
  /** A file is not what it should be; it was set aside. Comes once per file. */
  damaged(path: string, reason: string): void;
}

export interface PutOptions {
  /** An attempt may have stored the lines without our knowing. @default false */
  readonly maybeStored?: boolean;
  /** False is much faster, and survives the end of the process but not that of the machine. @default true */
  readonly sync?: boolean;
}

/** What became of lines that were to be kept. `full`: by the spool's own bound, not a fault. */
export type PutResult =
  | { readonly kept: true; readonly file: SpoolFile }
  | { readonly kept: false; readonly full: boolean; readonly reason: string };

/**
 * Lines on disk while the database cannot be reached: plain `.lp.gz` files, delivered oldest first.
 *
 * - **SIGKILL**, at any moment: what was `put` is there and is adopted by the next process, or by one that runs.
 * - **Power loss**: the same, since file and folder are synced before `put` returns, as far as the disk keeps its word.
 *   What was `done` shortly before may come back, which makes the same points once more.
 * - **Faults** never throw: `put` says why it could not, and tries again with unavailable lines.
 *
 * Each spool has a folder of its own in `dir`, named after the thread that owns it, and touches no other as long as that
 * thread lives. The folder of a dead one is adopted by renaming it, which one process alone can do. All calls block.
 */
export class Spool {
  readonly #dir: string;
  readonly #maxBytes: number;
  readonly #key: string;
  readonly #events: SpoolEvents;
  readonly #elapsedMs: () => number;
  readonly #files = new SpoolIndex();
  readonly #folders: OwnFolders;
  readonly #foreignFolders: ForeignFolders;
  #lastMs = 0;
  #sequence = 0;
  #fault = '';
  #pausedUntilMs = Number.NEGATIVE_INFINITY;
  #closed = false;

  constructor({ dir, maxBytes, key, events, owner = thisThread(), elapsedMs }: SpoolOptions) {
    this.#dir = resolve(dir);
    this.#maxBytes = maxBytes;
    this.#key = key;
    this.#events = events;
    this.#elapsedMs = elapsedMs ?? now;
    this.#folders = new OwnFolders(this.#dir, owner, key);
    this.#foreignFolders = new ForeignFolders(this.#dir, owner, this.#elapsedMs, (name) =>
      this.#folders.has(name),
    );
  }

  get counts(): SpoolCounts {
    return this.#files.counts;
  }

  /** The files that were put by this process. */
  get ownNames(): string[] {
    return this.#files.ownNames;
  }

  /**
   * Writes lines. When `maxBytes` would be exceeded, the oldest files that are ours and not in flight go first.
   */
  put({ count, body }: Lines, { maybeStored = false, sync = true }: PutOptions = {}): PutResult {
    if (this.#closed) return { kept: false, full: false, reason: 'the spool is closed' };
    if (this.#elapsedMs() < this.#pausedUntilMs) return { kept: false, full: false, reason: this.#fault };
    if (!fitsInFile(count, body)) {
      return { kept: false, full: true, reason: `a batch of ${count} lines does not fit into the spool` };
    }
    try {
      if (!this.#makeRoom(body.byteLength)) {
        return { kept: false, full: true, reason: `the spool ${this.#dir} is full` };
      }
      const name = this.#nextName(count);
      const folder = this.#write(name, body, sync);
      const file = { folder, name, count, bytes: body.byteLength, own: true, maybeStored, inFlight: false };
      this.#add(file);
      return { kept: true, file };
    } catch (error) {
      this.#fault = `cannot spool to ${this.#dir}: ${(error as Error).message}`;
      this.#pausedUntilMs = this.#elapsedMs() + PAUSE_MS;
      return { kept: false, full: false, reason: this.#fault };
    }
  }

  /** The oldest lines that are intact and not in flight; they are in flight until their file is given to `done` or `release`. */
  next(): { file: SpoolFile; lines: Lines } | undefined {
    if (this.#closed) return undefined;
    for (;;) {
      const file = this.#files.next();
      if (file === undefined) return undefined;
      const read = readFile(this.path(file), file.count);
      if (read.kind === 'unavailable') return undefined;
      if (read.kind === 'intact') {
        file.inFlight = true;
        return { file, lines: { count: file.count, body: read.body } };
      }
      this.#giveUp(file, read);
    }
  }

  /** The lines of a file have met their result: it goes. */
  done(file: SpoolFile): void {
    if (!this.#files.has(file)) return;
    // If it cannot be removed, it is delivered once more by whoever comes next: the same points.
    removeQuietly(this.path(file));
    this.#forget(file);
  }

  /** The file stays, to be tried again. */
  release(file: SpoolFile): void {
    file.inFlight = false;
  }

  /**
   * Tells foreignFolders that we live, and takes over what dead processes have left. To be called at the start and then every
   * half minute; it takes as long as it takes to list the folders in `dir`.
   */
  adopt(): void {
    if (this.#closed) return;
    for (const folder of this.#folders.names) if (!this.#folders.touch(folder)) this.#folderRemoved(folder);
    try {
      checkFolder(this.#dir);
    } catch {
      return; // Not there yet, or not safe: `put` says so.
    }
    for (const { name, owned } of this.#foreignFolders.orphans(this.#key)) this.#adopt(name, owned);
  }

  /** Leaves what is in it to foreignFolders, who may adopt it at once. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#folders.leave();
  }

  path({ folder, name }: SpoolFile): string {
    return join(this.#dir, folder, name);
  }

  /** Time in names never goes back, whatever the clock does. */
  #nextName(count: number): string {
    this.#lastMs = Math.max(this.#lastMs, wallNow());
    return fileName(this.#lastMs, ++this.#sequence, count);
  }

  #write(name: string, body: Uint8Array, sync: boolean): string {
    for (let attempt = 1; ; attempt++) {
      const folder = this.#folders.current(sync);
      try {
        writeFile(join(this.#dir, folder), name, body, sync);
        return folder;
      } catch (error) {
        this.#folders.removeIfEmpty(folder);
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || attempt > 1) throw error;
        if (!this.#folders.isThere(folder)) this.#folderRemoved(folder); // and once more, in a new one
      }
    }
  }

  /** Returns false, and discards nothing, if that would not be enough. */
  #makeRoom(bytes: number): boolean {
    const going = this.#files.oldest(
      this.#files.bytes + this.#foreignFolders.bytes() + bytes - this.#maxBytes,
    );
    if (going === undefined) return false;
    for (const file of going) {
      const missing = !this.#remove(file);
      this.#lose(file, missing ? MISSING : 'the spool is full', missing);
    }
    return true;
  }

  /** Returns false if it was gone already. */
  #remove(file: SpoolFile): boolean {
    try {
      unlinkSync(this.path(file));
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
      throw error;
    }
  }

  #adopt(name: string, owned: OwnedFolder): void {
    if (!isSafeFolder(join(this.#dir, name))) return;
    let folder: string;
    let own: boolean;
    let names: string[];
    try {
      ({ folder, own } = this.#folders.adopt(name, owned));
      names = readdirSync(join(this.#dir, folder)).sort();
    } catch {
      return; // Another process was quicker, or it cannot be read.
    }
    for (const file of names) this.#adoptFile(folder, file, own);
    if (!this.#folders.touch(folder)) this.#folderRemoved(folder);
    this.#folders.removeIfEmpty(folder);
  }

  #adoptFile(folder: string, name: string, own: boolean): void {
    const path = join(this.#dir, folder, name);
    if (name.endsWith(TEMPORARY_SUFFIX)) {
      removeQuietly(path); // The `put` that wrote it has not returned.
      return;
    }
    const count = lineCountOf(name);
    const bytes = sizeOf(path);
    if (count === undefined || bytes === undefined) this.#quarantine(path, name, 'not a file of the spool');
    else this.#add({ folder, name, count, bytes, own, maybeStored: false, inFlight: false });
  }

  /** A folder of ours was removed, or adopted by an owner on another host who took us for dead. */
  #folderRemoved(folder: string): void {
    this.#folders.retire(folder);
    for (const file of this.#files.in(folder)) if (!file.inFlight) this.#lose(file, MISSING, true);
    // A file in flight has its lines in memory.
    if (this.#files.in(folder).length === 0) this.#folders.forget(folder);
  }

  #giveUp(file: SpoolFile, read: Extract<ReadResult, { kind: 'damaged' | 'missing' }>): void {
    if (read.kind === 'missing') {
      this.#lose(file, MISSING, true);
      return;
    }
    this.#quarantine(this.path(file), file.name, read.reason);
    this.#lose(file, `damaged in the spool: ${read.reason}`, false);
  }

  #quarantine(path: string, name: string, reason: string): void {
    this.#events.damaged(quarantine(this.#dir, path, name, this.#maxBytes * DAMAGED_SHARE), reason);
  }

  #lose(file: SpoolFile, reason: string, maybeStored: boolean): void {
    this.#forget(file);
    this.#events.lost(file, maybeStored || file.maybeStored, reason);
  }

  #add(file: SpoolFile): void {
    this.#files.add(file);
    this.#folders.added(file.folder);
  }

  #forget(file: SpoolFile): void {
    this.#files.remove(file);
    this.#folders.removed(file.folder);
  }
}
