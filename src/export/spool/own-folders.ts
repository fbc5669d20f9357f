import { mkdirSync, renameSync, rmdirSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { isSafeFolder, makeFolder, syncFolder } from './files.ts';
import {
  folderName,
  isSameProcess,
  noOwner,
  type OwnedFolder,
  type Owner,
  parseFolderName,
} from './owner.ts';

/** The folders of a spool that this owner has: the one for new files, and adopted ones. */
export class OwnFolders {
  readonly #dir: string;
  readonly #owner: Owner;
  readonly #key: string;
  /** The number of files in each folder. */
  readonly #files = new Map<string, number>();
  /** The folder for new files. */
  #current: string | undefined;

  constructor(dir: string, owner: Owner, key: string) {
    this.#dir = dir;
    this.#owner = owner;
    this.#key = key;
  }

  get names(): string[] {
    return [...this.#files.keys()];
  }

  has(name: string): boolean {
    return this.#files.has(name);
  }

  /** The folder for new files. Creates it if there is none. @throws if it cannot be created */
  current(sync: boolean): string {
    if (this.#current !== undefined) return this.#current;
    makeFolder(this.#dir);
    const name = folderName(this.#owner, this.#key, false);
    mkdirSync(join(this.#dir, name), { mode: 0o700 });
    if (sync) syncFolder(this.#dir);
    this.#files.set(name, 0);
    this.#current = name;
    return name;
  }

  /**
   * Adopts the folder of a dead owner by renaming it, which only one process can do. `own` says that the owner was a
   * thread of this process. @throws if another process was faster
   */
  adopt(name: string, owned: OwnedFolder): { folder: string; own: boolean } {
    const own = !owned.adopted && isSameProcess(owned, this.#owner);
    const folder = folderName(this.#owner, this.#key, !own);
    this.#rename(name, folder);
    this.#files.set(folder, 0);
    return { folder, own };
  }

  /** Counts a file that was added to a folder. */
  added(folder: string): void {
    this.#files.set(folder, (this.#files.get(folder) ?? 0) + 1);
  }

  /** Counts a file that was removed from a folder. An empty folder is removed. */
  removed(folder: string): void {
    const files = this.#files.get(folder);
    if (files === undefined) return;
    this.#files.set(folder, files - 1);
    this.removeIfEmpty(folder);
  }

  removeIfEmpty(folder: string): void {
    if (this.#files.get(folder) !== 0) return;
    try {
      rmdirSync(join(this.#dir, folder));
    } catch (error) {
      // The folder contains a file that is not of the spool. It stays, and stays ours.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') return;
    }
    this.forget(folder);
  }

  /** Marks the folder as in use, for other processes. Returns whether it still exists. */
  touch(folder: string): boolean {
    try {
      const now = new Date();
      utimesSync(join(this.#dir, folder), now, now);
      return true;
    } catch {
      return this.isThere(folder);
    }
  }

  isThere(folder: string): boolean {
    return isSafeFolder(join(this.#dir, folder));
  }

  /** Uses another folder for new files. */
  retire(folder: string): void {
    if (this.#current === folder) this.#current = undefined;
  }

  forget(folder: string): void {
    this.#files.delete(folder);
    this.retire(folder);
  }

  /** Releases all folders, so that other processes can adopt them at once. */
  release(): void {
    for (const [folder, files] of this.#files) {
      const adopted = parseFolderName(folder)?.adopted ?? false;
      try {
        if (files === 0) rmdirSync(join(this.#dir, folder));
        else this.#rename(folder, folderName(noOwner(this.#owner), this.#key, adopted));
      } catch {
        // It will be adopted when this thread has ended.
      }
    }
  }

  #rename(from: string, to: string): void {
    renameSync(join(this.#dir, from), join(this.#dir, to));
  }
}
