import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import { wallNow } from '../../safety/time.ts';
import { namesIn, sizeOf, TEMPORARY_SUFFIX } from './files.ts';
import { isRunning, type OwnedFolder, type Owner, parseFolderName } from './owner.ts';

/** An owner that cannot be asked counts as dead when its folder has not changed for so long. */
export const STALE_AFTER_MS = 300_000;
/** File systems keep time in steps of up to two seconds. */
const MTIME_RESOLUTION_MS = 2000;

/** A folder of another owner. */
export interface ForeignFolder {
  readonly name: string;
  readonly owned: OwnedFolder;
}

/** What a folder held when it was listed. */
interface Listing {
  readonly mtimeMs: number;
  readonly listedMs: number;
  readonly bytes: number;
  /** Files that are complete never change. */
  readonly sizes: ReadonlyMap<string, number>;
}

/** The folders in a spool that belong to foreignFolders: what they hold, and which of their owners are dead. */
export class ForeignFolders {
  readonly #dir: string;
  readonly #self: Owner;
  readonly #elapsedMs: () => number;
  readonly #isMine: (name: string) => boolean;
  #listings = new Map<string, Listing>();
  /**
   * Those that only their silence can tell about: when they last changed, and since when we know, by our own clock. The
   * clocks of two hosts, or of one before and after it was set, are never compared.
   */
  #unchanged = new Map<string, { mtimeMs: number; sinceMs: number }>();

  constructor(dir: string, self: Owner, elapsedMs: () => number, isMine: (name: string) => boolean) {
    this.#dir = dir;
    this.#self = self;
    this.#elapsedMs = elapsedMs;
    this.#isMine = isMine;
  }

  /** The size of all their files, for whatever database. Folders that have not changed are not listed again. */
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

  /** Those with lines for `key` whose owner is dead. */
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
  // What changes within the same tick of the clock shows no other time.
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

/** When something was last added to a folder or removed from it, or it was touched. */
function changedMs(folder: string): number | undefined {
  try {
    return lstatSync(folder).mtimeMs;
  } catch {
    return undefined; // Gone, or not for us to see.
  }
}
