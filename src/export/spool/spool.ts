import { mkdirSync, readdirSync, renameSync, rmdirSync, unlinkSync, utimesSync } from 'node:fs';
import { join, resolve } from 'node:path';
import {
  checkFolder,
  fileName,
  isFit,
  isSafeFolder,
  linesOf,
  makeFolder,
  type Read,
  readFile,
  removeQuietly,
  setAside,
  sizeOf,
  syncFolder,
  TEMPORARY,
  writeFile,
} from './files.ts';
import { Others } from './other-owners.ts';
import {
  folderName,
  isSameProcess,
  nobody,
  type OwnedFolder,
  type Owner,
  parseFolderName,
  thisThread,
} from './owner.ts';

/** After a fault of the disk, it is left alone for so long. */
const PAUSE_MS = 5000;
/** This part of `maxBytes` may be used by damaged files, on top of it. */
const DAMAGED_PART = 0.1;

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
  /** Lines that had been kept are no longer, and were not delivered. */
  lost(loss: Loss): void;
  /** A file is not what it should be; it was set aside. Comes once per file. */
  damaged(file: string, reason: string): void;
}

export interface Loss {
  /** Of the file. */
  readonly name: string;
  readonly lines: number;
  /** The database may have them all the same. */
  readonly uncertain: boolean;
  /** Put by this process. */
  readonly own: boolean;
  readonly reason: string;
}

/** Lines to keep. */
export interface SpoolBatch {
  readonly lines: number;
  /** Gzipped line protocol. */
  readonly body: Uint8Array;
  /** An attempt may have stored them without our knowing. */
  readonly uncertain: boolean;
}

/** `full`: by its own bound, not a fault. */
export type Put =
  | {
      readonly kept: true;
      /** Of the file: it stays the same, also when its folder is adopted by the next thread of the process. */
      readonly name: string;
    }
  | { readonly kept: false; readonly full: boolean; readonly reason: string };

/** Lines on their way out. */
export interface SpoolEntry {
  /** Of the file. */
  readonly name: string;
  readonly lines: number;
  readonly body: Uint8Array;
  /** Put by this process, be it by a thread that has died. */
  readonly own: boolean;
  /** Stays with it when it is released. */
  uncertain: boolean;
  readonly file: string;
}

export interface SpoolCounts {
  /** What is in it for this spool to deliver. */
  readonly files: number;
  readonly bytes: number;
  /** Lines put by this process. */
  readonly lines: number;
  /** Lines of dead processes. */
  readonly adoptedLines: number;
  /** Lines of dead processes that were adopted so far. */
  readonly adopted: number;
  /** Files that were set aside so far. */
  readonly damaged: number;
}

interface Kept {
  readonly folder: string;
  readonly name: string;
  readonly lines: number;
  readonly bytes: number;
  readonly own: boolean;
  uncertain: boolean;
  out: boolean;
}

/**
 * Batches on disk while the database cannot be reached: plain `.lp.gz` files, delivered oldest first.
 *
 * - **SIGKILL**, at any moment: what was `put` is there and is adopted by the next process, or by one that runs.
 * - **Power loss**: the same, since file and folder are synced before `put` returns, as far as the disk keeps its word.
 *   What was `done` shortly before may come back, which makes the same points once more.
 * - **Faults** never throw: `put` says why it could not, and tries again with a later batch.
 *
 * Each spool has a folder of its own in `dir`, named after the thread that owns it, and touches no other as long as that
 * thread lives. The folder of a dead one is adopted by renaming it, which one process alone can do. All calls block.
 */
export class Spool {
  readonly #dir: string;
  readonly #maxBytes: number;
  readonly #key: string;
  readonly #events: SpoolEvents;
  readonly #owner: Owner;
  readonly #elapsedMs: () => number;
  readonly #others: Others;
  /** Oldest first. */
  #kept: Kept[] = [];
  readonly #out = new Map<SpoolEntry, Kept>();
  /** Names of the folders that are ours, with the number of files in each. */
  readonly #folders = new Map<string, number>();
  /** The one of them that new files go to. */
  #folder: string | undefined;
  #lastMs = 0;
  #sequence = 0;
  #fault = '';
  #pausedUntilMs = Number.NEGATIVE_INFINITY;
  #adopted = 0;
  #damaged = 0;
  #closed = false;

  constructor({ dir, maxBytes, key, events, owner, elapsedMs }: SpoolOptions) {
    this.#dir = resolve(dir);
    this.#maxBytes = maxBytes;
    this.#key = key;
    this.#events = events;
    this.#owner = owner ?? thisThread();
    this.#elapsedMs = elapsedMs ?? (() => performance.now());
    this.#others = new Others(this.#dir, this.#owner, this.#elapsedMs, (name) => this.#folders.has(name));
  }

  get counts(): SpoolCounts {
    const sum = (value: (kept: Kept) => number) => this.#kept.reduce((all, kept) => all + value(kept), 0);
    return {
      files: this.#kept.length,
      bytes: this.#bytes,
      lines: sum(({ own, lines }) => (own ? lines : 0)),
      adoptedLines: sum(({ own, lines }) => (own ? 0 : lines)),
      adopted: this.#adopted,
      damaged: this.#damaged,
    };
  }

  /** The files that were put by this process. */
  get ownNames(): string[] {
    return this.#kept.filter(({ own }) => own).map(({ name }) => name);
  }

  /**
   * Writes a batch. When `maxBytes` would be exceeded, the oldest files that are ours and not on their way out go first.
   *
   * @param sync false is much faster, and survives the end of the process but not that of the machine
   */
  put(batch: SpoolBatch, { sync = true }: { sync?: boolean } = {}): Put {
    if (this.#closed) return { kept: false, full: false, reason: 'the spool is closed' };
    if (this.#elapsedMs() < this.#pausedUntilMs) return { kept: false, full: false, reason: this.#fault };
    if (!isFit(batch.lines, batch.body)) {
      return {
        kept: false,
        full: true,
        reason: `a batch of ${batch.lines} lines does not fit into the spool`,
      };
    }
    try {
      if (!this.#makeRoom(batch.body.byteLength)) {
        return { kept: false, full: true, reason: `the spool ${this.#dir} is full` };
      }
      const name = this.#nextName(batch.lines);
      const folder = this.#write(name, batch.body, sync);
      const { lines, body, uncertain } = batch;
      this.#add({ folder, name, lines, bytes: body.byteLength, own: true, uncertain, out: false });
      return { kept: true, name };
    } catch (error) {
      this.#fault = `cannot spool to ${this.#dir}: ${(error as Error).message}`;
      this.#pausedUntilMs = this.#elapsedMs() + PAUSE_MS;
      return { kept: false, full: false, reason: this.#fault };
    }
  }

  /** The oldest batch that is intact and not on its way out yet; it is until it is given to `done` or `release`. */
  next(): SpoolEntry | undefined {
    if (this.#closed) return undefined;
    for (;;) {
      const kept = this.#kept.find(({ out }) => !out);
      if (kept === undefined) return undefined;
      const file = this.#path(kept);
      const read = readFile(file, kept.lines);
      if (read.kind === 'later') return undefined;
      if (read.kind === 'intact') {
        const { name, lines, own, uncertain } = kept;
        const entry: SpoolEntry = { name, lines, body: read.body, own, uncertain, file };
        kept.out = true;
        this.#out.set(entry, kept);
        return entry;
      }
      this.#giveUp(kept, read);
    }
  }

  /** The batch has met its fate: it goes. */
  done(entry: SpoolEntry): void {
    const kept = this.#take(entry);
    if (kept === undefined) return;
    // If it cannot be removed, it is delivered once more by whoever comes next: the same points.
    removeQuietly(this.#path(kept));
    this.#forget(kept);
  }

  /** The batch stays, to be tried again. */
  release(entry: SpoolEntry): void {
    const kept = this.#take(entry);
    if (kept !== undefined) kept.uncertain = entry.uncertain;
  }

  /**
   * Tells others that we live, and takes over what dead processes have left. To be called at the start and then every
   * half minute; it takes as long as it takes to list the folders in `dir`.
   */
  adopt(): void {
    if (this.#closed) return;
    for (const folder of this.#folders.keys()) this.#touch(folder);
    try {
      checkFolder(this.#dir);
    } catch {
      return; // Not there yet, or not safe: `put` says so.
    }
    for (const { name, owned } of this.#others.orphans(this.#key)) this.#adopt(name, owned);
  }

  /** Leaves what is in it to others, who may adopt it at once. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const [folder, files] of this.#folders) {
      const adopted = parseFolderName(folder)?.adopted ?? false;
      try {
        if (files === 0) rmdirSync(join(this.#dir, folder));
        else this.#rename(folder, folderName(nobody(this.#owner), this.#key, adopted));
      } catch {
        // It is adopted when this thread has ended.
      }
    }
  }

  get #bytes(): number {
    return this.#kept.reduce((all, { bytes }) => all + bytes, 0);
  }

  #path({ folder, name }: Kept): string {
    return join(this.#dir, folder, name);
  }

  #rename(from: string, to: string): void {
    renameSync(join(this.#dir, from), join(this.#dir, to));
  }

  /** Time in names never goes back, whatever the clock does. */
  #nextName(lines: number): string {
    this.#lastMs = Math.max(this.#lastMs, Date.now());
    return fileName(this.#lastMs, ++this.#sequence, lines);
  }

  #write(name: string, body: Uint8Array, sync: boolean): string {
    for (let attempt = 1; ; attempt++) {
      const folder = this.#ownFolder(sync);
      try {
        writeFile(join(this.#dir, folder), name, body, sync);
        return folder;
      } catch (error) {
        this.#removeIfEmpty(folder);
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || attempt > 1) throw error;
        this.#vanished(folder); // and once more, in a new one
      }
    }
  }

  #ownFolder(sync: boolean): string {
    if (this.#folder !== undefined) return this.#folder;
    makeFolder(this.#dir);
    const name = folderName(this.#owner, this.#key, false);
    mkdirSync(join(this.#dir, name), { mode: 0o700 });
    if (sync) syncFolder(this.#dir);
    this.#folders.set(name, 0);
    this.#folder = name;
    return name;
  }

  /** Returns false, and discards nothing, if that would not be enough. */
  #makeRoom(bytes: number): boolean {
    let excess = this.#bytes + this.#others.bytes() + bytes - this.#maxBytes;
    const going: Kept[] = [];
    for (const kept of this.#kept) {
      if (excess <= 0) break;
      if (kept.out) continue;
      going.push(kept);
      excess -= kept.bytes;
    }
    if (excess > 0) return false;
    for (const kept of going) {
      const missing = !this.#remove(kept);
      this.#lose(kept, missing ? MISSING : 'the spool is full', missing);
    }
    return true;
  }

  /** Returns false if it was gone already. */
  #remove(kept: Kept): boolean {
    try {
      unlinkSync(this.#path(kept));
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
      throw error;
    }
  }

  /** Renaming is what only one process can do; after that the folder is ours by its name. */
  #adopt(name: string, owned: OwnedFolder): void {
    if (!isSafeFolder(join(this.#dir, name))) return;
    const own = !owned.adopted && isSameProcess(owned, this.#owner);
    const folder = folderName(this.#owner, this.#key, !own);
    let names: string[];
    try {
      this.#rename(name, folder);
      this.#folders.set(folder, 0);
      names = readdirSync(join(this.#dir, folder)).sort();
    } catch {
      return; // Another process was quicker, or it cannot be read.
    }
    for (const file of names) this.#adoptFile(folder, file, own);
    this.#touch(folder);
    this.#removeIfEmpty(folder);
  }

  #adoptFile(folder: string, name: string, own: boolean): void {
    const path = join(this.#dir, folder, name);
    if (name.endsWith(TEMPORARY)) {
      removeQuietly(path); // The `put` that wrote it has not returned.
      return;
    }
    const lines = linesOf(name);
    const bytes = sizeOf(path);
    if (lines === undefined || bytes === undefined) {
      this.#setAside(path, name, 'not a file of the spool');
      return;
    }
    this.#add({ folder, name, lines, bytes, own, uncertain: false, out: false });
    if (!own) this.#adopted += lines;
  }

  #touch(folder: string): void {
    try {
      const now = new Date();
      utimesSync(join(this.#dir, folder), now, now);
    } catch {
      this.#vanished(folder);
    }
  }

  /** A folder of ours may have been removed, or adopted by an owner on another host who took us for dead. */
  #vanished(folder: string): void {
    if (isSafeFolder(join(this.#dir, folder))) return;
    if (this.#folder === folder) this.#folder = undefined;
    const gone = this.#kept.filter((kept) => kept.folder === folder && !kept.out);
    for (const kept of gone) this.#lose(kept, MISSING, true);
    // What is on its way out has its lines in memory.
    if (!this.#kept.some((kept) => kept.folder === folder)) this.#folders.delete(folder);
  }

  #giveUp(kept: Kept, read: Extract<Read, { kind: 'damaged' | 'missing' }>): void {
    if (read.kind === 'missing') {
      this.#lose(kept, MISSING, true);
      return;
    }
    this.#setAside(this.#path(kept), kept.name, read.reason);
    this.#lose(kept, `damaged in the spool: ${read.reason}`, kept.uncertain);
  }

  #setAside(path: string, name: string, reason: string): void {
    const file = setAside(this.#dir, path, name, this.#maxBytes * DAMAGED_PART);
    this.#damaged++;
    this.#events.damaged(file, reason);
  }

  #lose(kept: Kept, reason: string, uncertain: boolean): void {
    this.#forget(kept);
    const { name, lines, own } = kept;
    this.#events.lost({ name, lines, own, uncertain: uncertain || kept.uncertain, reason });
  }

  #add(kept: Kept): void {
    // Nearly always the last.
    const before = this.#kept.findLastIndex(({ name }) => name <= kept.name);
    this.#kept.splice(before + 1, 0, kept);
    this.#folders.set(kept.folder, (this.#folders.get(kept.folder) ?? 0) + 1);
  }

  #forget(kept: Kept): void {
    this.#kept.splice(this.#kept.indexOf(kept), 1);
    const files = this.#folders.get(kept.folder);
    if (files === undefined) return;
    this.#folders.set(kept.folder, files - 1);
    this.#removeIfEmpty(kept.folder);
  }

  #take(entry: SpoolEntry): Kept | undefined {
    const kept = this.#out.get(entry);
    this.#out.delete(entry);
    if (kept !== undefined) kept.out = false;
    return kept;
  }

  #removeIfEmpty(folder: string): void {
    if (this.#folders.get(folder) !== 0) return;
    try {
      rmdirSync(join(this.#dir, folder));
    } catch (error) {
      // Something that is not ours is in it: it stays, and stays ours.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') return;
    }
    this.#folders.delete(folder);
    if (this.#folder === folder) this.#folder = undefined;
  }
}

const MISSING = 'removed from the spool, or adopted by another process';
