import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import { wallNow } from '../../safety/time.ts';
import { namesIn, sizeOf, TEMPORARY_SUFFIX } from './files.ts';
import { isRunning, type OwnedFolder, type Owner, parseFolderName } from './owner.ts';

/** If an owner cannot be checked, it counts as dead when its folder has not changed for this long. */
export const STALE_AFTER_MS = 300_000;
/** The resolution of timestamps in file systems. */
const MTIME_RESOLUTION_MS = 2000;

/** A folder of another owner. */
export interface ForeignFolder {
  readonly name: string;
  readonly owned: OwnedFolder;
}

/** The content of a folder at the time of its last listing. */
interface Listing {
  readonly mtimeMs: number;
  readonly listedMs: number;
  readonly bytes: number;
  /** Complete files never change. */
  readonly sizes: ReadonlyMap<string, number>;
}

/** The folders of other owners in a spool: their size, and which of their owners are dead. */
export class ForeignFolders {
  readonly #dir: string;
  readonly #self: Owner;
  readonly #elapsedMs: () => number;
  readonly #isMine: (name: string) => boolean;
  #listings = new Map<string, Listing>();
  /**
   * Folders whose owner cannot be checked: when they last changed, and since when this was observed, by the monotonic
   * clock. Clocks of two hosts are never compared, nor times before and after a clock was set.
   */
  #unchanged = new Map<string, { mtimeMs: number; sinceMs: number }>();

  constructor(dir: string, self: Owner, elapsedMs: () => number, isMine: (name: string) => boolean) {
    this.#dir = dir;
    this.#self = self;
    this.#elapsedMs = elapsedMs;
    this.#isMine = isMine;
  }

  /** The size of all their files, for any database. Only folders that have changed are listed again. */
  bytes(): number {
    const before = this.#listings;
    this.#listings = new Map();
    let bytes = 0;
    for (const { name } of this.#list()) {
      const listing = list(join(this.#dir, name), before.get(name));
      this.#listings.set(name, listing);
      bytes += listing.bytes;
    }
    return bytes;
  }

  /** The folders with lines for `key` whose owner is dead. */
  orphans(key: string): ForeignFolder[] {
    const unchanged = this.#unchanged;
    this.#unchanged = new Map();
    return this.#list().filter(({ name, owned }) => {
      if (owned.key !== key) return false;
      const running = isRunning(owned, this.#self);
      return running === 'unknown' ? this.#isStale(name, unchanged) : running === 'no';
    });
  }

  #isStale(name: string, unchanged: Map<string, { mtimeMs: number; sinceMs: number }>): boolean {
    const nowMs = this.#elapsedMs();
    const mtimeMs = changedMs(join(this.#dir, name));
    if (mtimeMs === undefined) return false;
    const before = unchanged.get(name);
    const known = before?.mtimeMs === mtimeMs ? before : { mtimeMs, sinceMs: nowMs };
    this.#unchanged.set(name, known);
    return nowMs - known.sinceMs >= STALE_AFTER_MS;
  }

  #list(): ForeignFolder[] {
    return namesIn(this.#dir).flatMap((name) => {
      const owned = this.#isMine(name) ? undefined : parseFolderName(name);
      return owned === undefined ? [] : [{ name, owned }];
    });
  }
}

function list(folder: string, before: Listing | undefined): Listing {
  const mtimeMs = changedMs(folder) ?? 0;
  // A change within the resolution of timestamps does not change the time.
  if (before?.mtimeMs === mtimeMs && before.listedMs - mtimeMs > MTIME_RESOLUTION_MS) return before;
  const listedMs = wallNow();
  const sizes = new Map<string, number>();
  let bytes = 0;
  for (const name of namesIn(folder)) {
    const size = before?.sizes.get(name) ?? sizeOf(join(folder, name)) ?? 0;
    if (!name.endsWith(TEMPORARY_SUFFIX)) sizes.set(name, size);
    bytes += size;
  }
  return { mtimeMs, listedMs, bytes, sizes };
}

/** The last time that an entry was added or removed, or the folder was touched. */
function changedMs(folder: string): number | undefined {
  try {
    return lstatSync(folder).mtimeMs;
  } catch {
    return undefined; // removed, or not readable
  }
}
