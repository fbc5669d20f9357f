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
import { type OwnedFolder, thisThread } from './owner.ts';
import { type SpoolCounts, type SpoolFile, SpoolIndex } from './spool-index.ts';
import type { PutOptions, PutResult, SpoolEvents, SpoolOptions } from './spool-options.ts';

/** The pause after a failure of the disk. */
const PAUSE_MS = 5000;
/** Damaged files may use this share of `maxBytes`, in addition to it. */
const DAMAGED_SHARE = 0.1;
const MISSING = 'removed from the spool, or adopted by another process';

/**
 * Stores lines on disk while the database does not accept them, as plain `.lp.gz` files. They are delivered oldest
 * first.
 *
 * - **SIGKILL** at any moment: lines for which `put` has returned are kept, and another process adopts them.
 * - **Power loss**: the same, because file and folder are synced before `put` returns. A file that was removed by
 *   `done` may reappear, which makes the same points again.
 * - **Disk failures** never throw: `put` returns the reason, and tries again later.
 *
 * Each spool has its own folder in `dir`, named after its owner thread, and does not touch folders of running
 * threads. The folder of a dead thread is adopted by renaming it, which only one process can do. All methods block.
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

  /** The files that this process has written. */
  get ownNames(): string[] {
    return this.#files.ownNames;
  }

  /** Writes lines. If `maxBytes` would be exceeded, the oldest own files that are not in flight are discarded. */
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

  /**
   * The oldest lines that are intact and not in flight. They are in flight until their file is passed to `done` or
   * `release`.
   */
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

  /** Removes a file whose lines have a result. */
  done(file: SpoolFile): void {
    if (!this.#files.has(file)) return;
    // If this fails, the file is delivered once more later, which makes the same points.
    removeQuietly(this.path(file));
    this.#forget(file);
  }

  /** The file stays, for another attempt. */
  release(file: SpoolFile): void {
    file.inFlight = false;
  }

  /**
   * Marks the own folders as in use, and adopts the folders of dead processes. Has to be called at the start and
   * every half minute. Takes the time for listing the folders in `dir`.
   */
  adopt(): void {
    if (this.#closed) return;
    for (const folder of this.#folders.names) if (!this.#folders.touch(folder)) this.#folderRemoved(folder);
    try {
      checkFolder(this.#dir);
    } catch {
      return; // missing or not safe: `put` reports it
    }
    for (const { name, owned } of this.#foreignFolders.orphans(this.#key)) this.#adopt(name, owned);
  }

  /** Releases all files. Other processes may adopt them at once. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#folders.release();
  }

  path({ folder, name }: SpoolFile): string {
    return join(this.#dir, folder, name);
  }

  /** Times in names never decrease, even if the clock does. */
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
        if (!this.#folders.isThere(folder)) this.#folderRemoved(folder); // then retries in a new folder
      }
    }
  }

  /** Removes old files. Returns false, and removes nothing, if that would not be enough. */
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

  /** Returns false if it was already removed. */
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
      return; // another process was faster, or it cannot be read
    }
    for (const file of names) this.#adoptFile(folder, file, own);
    if (!this.#folders.touch(folder)) this.#folderRemoved(folder);
    this.#folders.removeIfEmpty(folder);
  }

  #adoptFile(folder: string, name: string, own: boolean): void {
    const path = join(this.#dir, folder, name);
    if (name.endsWith(TEMPORARY_SUFFIX)) {
      removeQuietly(path); // the `put` that wrote it has not returned
      return;
    }
    const count = lineCountOf(name);
    const bytes = sizeOf(path);
    if (count === undefined || bytes === undefined) this.#quarantine(path, name, 'not a file of the spool');
    else this.#add({ folder, name, count, bytes, own, maybeStored: false, inFlight: false });
  }

  /** An own folder was removed, or another host considered its owner dead and adopted it. */
  #folderRemoved(folder: string): void {
    this.#folders.retire(folder);
    for (const file of this.#files.in(folder)) if (!file.inFlight) this.#lose(file, MISSING, true);
    // The lines of files in flight are in memory.
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
