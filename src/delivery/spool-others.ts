import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import { linesOf, namesIn, sizeOf } from './spool-files.ts';
import { isRunning, type OwnedFolder, type Owner, parseFolderName } from './spool-owner.ts';

/** An owner that cannot be asked counts as dead when its folder has not changed for so long. */
export const SILENT_MS = 300_000;

/** A folder of another owner. */
export interface OtherFolder {
  readonly name: string;
  readonly owned: OwnedFolder;
}

/** The folders in a spool that belong to others: what they hold, and which of their owners are dead. */
export class Others {
  readonly #dir: string;
  readonly #self: Owner;
  readonly #elapsedMs: () => number;
  readonly #isMine: (name: string) => boolean;
  /** Sizes of their files, which never change. */
  #sizes = new Map<string, number>();
  /**
   * Those that only their silence can tell about: when they last changed, and since when we know, by our own clock. The
   * clocks of two hosts, or of one before and after it was set, are never compared.
   */
  #silent = new Map<string, { mtimeMs: number; sinceMs: number }>();

  constructor(dir: string, self: Owner, elapsedMs: () => number, isMine: (name: string) => boolean) {
    this.#dir = dir;
    this.#self = self;
    this.#elapsedMs = elapsedMs;
    this.#isMine = isMine;
  }

  /** The size of all their files, for whatever database. */
  bytes(): number {
    const sizes = new Map<string, number>();
    let bytes = 0;
    for (const { name: folder } of this.#list()) {
      for (const name of namesIn(join(this.#dir, folder))) {
        const path = join(folder, name);
        const size = this.#sizes.get(path) ?? sizeOf(join(this.#dir, path)) ?? 0;
        // One that is being written still grows.
        if (linesOf(name) !== undefined) sizes.set(path, size);
        bytes += size;
      }
    }
    this.#sizes = sizes;
    return bytes;
  }

  /** Those with lines for `key` whose owner is dead. */
  orphans(key: string): OtherFolder[] {
    const silent = this.#silent;
    this.#silent = new Map();
    return this.#list().filter(({ name, owned }) => {
      if (owned.key !== key) return false;
      const running = isRunning(owned, this.#self);
      return running === 'unknown' ? this.#isSilent(name, silent) : running === 'no';
    });
  }

  #isSilent(name: string, silent: Map<string, { mtimeMs: number; sinceMs: number }>): boolean {
    const nowMs = this.#elapsedMs();
    let mtimeMs: number;
    try {
      mtimeMs = lstatSync(join(this.#dir, name)).mtimeMs;
    } catch {
      return false; // Gone, or not for us to see.
    }
    const before = silent.get(name);
    const known = before?.mtimeMs === mtimeMs ? before : { mtimeMs, sinceMs: nowMs };
    this.#silent.set(name, known);
    return nowMs - known.sinceMs >= SILENT_MS;
  }

  #list(): OtherFolder[] {
    return namesIn(this.#dir).flatMap((name) => {
      const owned = this.#isMine(name) ? undefined : parseFolderName(name);
      return owned === undefined ? [] : [{ name, owned }];
    });
  }
}
