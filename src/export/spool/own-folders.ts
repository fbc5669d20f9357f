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

/** The folders of a spool that are ours: the one that new files go to, and those that were adopted. */
export class OwnFolders {
  readonly #dir: string;
  readonly #owner: Owner;
  readonly #key: string;
  /** With the number of files in each. */
  readonly #files = new Map<string, number>();
  /** The one that new files go to. */
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

  /** The folder that new files go to; made if there is none. @throws when it cannot be made */
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
   * Makes the folder of a dead owner ours by renaming it, which only one process can do. `own`: that was a thread of this
   * process. @throws when another one was quicker
   */
  adopt(name: string, owned: OwnedFolder): { folder: string; own: boolean } {
    const own = !owned.adopted && isSameProcess(owned, this.#owner);
    const folder = folderName(this.#owner, this.#key, !own);
    this.#rename(name, folder);
    this.#files.set(folder, 0);
    return { folder, own };
  }

  /** There is one file more in a folder. */
  added(folder: string): void {
    this.#files.set(folder, (this.#files.get(folder) ?? 0) + 1);
  }

  /** There is one file less in it; with the last one the folder goes. */
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
      // Something that is not ours is in it: it stays, and stays ours.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') return;
    }
    this.forget(folder);
  }

  /** Tells foreignFolders that we live; returns whether the folder is still there. */
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

  /** New files go elsewhere from now on. */
  retire(folder: string): void {
    if (this.#current === folder) this.#current = undefined;
  }

  forget(folder: string): void {
    this.#files.delete(folder);
    this.retire(folder);
  }

  /** Gives all of them to whoever adopts them. */
  leave(): void {
    for (const [folder, files] of this.#files) {
      const adopted = parseFolderName(folder)?.adopted ?? false;
      try {
        if (files === 0) rmdirSync(join(this.#dir, folder));
        else this.#rename(folder, folderName(noOwner(this.#owner), this.#key, adopted));
      } catch {
        // It is adopted when this thread has ended.
      }
    }
  }

  #rename(from: string, to: string): void {
    renameSync(join(this.#dir, from), join(this.#dir, to));
  }
}
