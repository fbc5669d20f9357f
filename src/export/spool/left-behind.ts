import { lstatSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { wallNow } from '../../safety/time.ts';
import { destinationOf } from './destination-file.ts';
import { isSafeFolder, lineCountOf, namesIn, writtenAt } from './files.ts';
import { STALE_AFTER_MS } from './foreign-folders.ts';
import { isRunning, type OwnedFolder, type Owner, parseFolderName, thisThread } from './owner.ts';

/** Lines in a spool that no running process delivers, because they are for another destination. */
export interface LeftBehind {
  readonly files: number;
  readonly lines: number;
  /** When the oldest of them were written, ms since 1970. */
  readonly oldestMs: number;
  /** Where they were to go: `http://localhost:8086/write?db=requests`; undefined if that is not known. */
  readonly destination: string | undefined;
}

/**
 * The lines in a spool that are not for the destination with `key`, and whose process is dead: one entry for each
 * destination. Empty if the spool cannot be read.
 */
export function leftBehind(dir: string, key: string | undefined): LeftBehind[] {
  const self = thisThread();
  const folders = namesIn(dir).flatMap((name) => {
    const owned = parseFolderName(name);
    const folder = join(dir, name);
    const isOther = owned !== undefined && owned.key !== key && isSafeFolder(folder);
    return isOther && !isLive(owned, folder, self) ? [folder] : [];
  });
  return sumUp(folders);
}

/** Sums up folders of spools, by their destination. */
export function sumUp(folders: readonly string[]): LeftBehind[] {
  const byKey = new Map<string, LeftBehind>();
  for (const folder of folders) {
    const key = parseFolderName(basename(folder))?.key ?? '';
    const known = byKey.get(key);
    const files = namesIn(folder).filter((name) => lineCountOf(name) !== undefined);
    if (files.length === 0) continue;
    byKey.set(key, {
      files: files.length + (known?.files ?? 0),
      lines: files.reduce((sum, name) => sum + lineCountOf(name)!, known?.lines ?? 0),
      oldestMs: Math.min(known?.oldestMs ?? Number.POSITIVE_INFINITY, ...files.map(writtenAt)),
      destination: known?.destination ?? destinationOf(dirname(folder), key),
    });
  }
  return [...byKey.values()];
}

/** `100 lines for http://host:8086/write?db=requests wait in 1 file, the oldest since 2026-11-22T11:08:12Z` */
export function describeLeftBehind({ files, lines, oldestMs, destination }: LeftBehind): string {
  const of = (count: number, noun: string) => `${count} ${noun}${count === 1 ? '' : 's'}`;
  const since = new Date(oldestMs).toISOString().replace(/\.\d+/, '');
  const whither = destination ?? 'another database';
  return `${of(lines, 'line')} for ${whither} ${lines === 1 ? 'waits' : 'wait'} in ${of(files, 'file')}, the oldest since ${since}`;
}

/**
 * Whether the process of a folder runs. If that cannot be checked from here, it counts as running while its folder was
 * changed recently.
 */
export function isLive(owned: OwnedFolder, folder: string, self: Owner = thisThread()): boolean {
  const running = isRunning(owned, self);
  if (running !== 'unknown') return running === 'yes';
  try {
    return wallNow() - lstatSync(folder).mtimeMs < STALE_AFTER_MS;
  } catch {
    return false; // it was removed
  }
}
