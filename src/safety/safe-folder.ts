import { lstatSync, readlinkSync, type Stats } from 'node:fs';
import { resolve } from 'node:path';
import { printable } from './printable.ts';

// The rule for folders and files of the spool: they belong to the user of this process, no other user can write to
// them, and they are not links. Otherwise another user could read requests, or replace files, whose lines this process
// would send with its credentials. A folder that others can write to is safe if it has the sticky bit, because they
// cannot replace files of this user then.

/**
 * The part of the rule that a folder breaks, as text that follows "Expected <the folder>"; undefined if it is safe.
 *
 * @throws if it cannot be read; with the code `ENOENT` if it does not exist
 */
export function unsafeFolder(path: string): string | undefined {
  // `resolve` removes a slash at the end, with which `lstat` would follow a link.
  const place = resolve(path);
  const stats = lstatSync(place);
  const mode = modeOf(stats);
  if (stats.isSymbolicLink())
    return `to be a folder, not a link: it leads to ${printable(readlinkSync(place))} (mode ${mode})`;
  if (!stats.isDirectory()) return `to be a folder, not something else (mode ${mode})`;
  if (!isOurs(stats))
    return `${ownedByOther(stats)}; a new folder in it would be safe, and is created if it does not exist`;
  if (!isOpen(stats) || (stats.mode & 0o1000) !== 0) return undefined;
  return `to be writable by its user alone, or to have the sticky bit (mode ${mode}; chmod go-w makes it safe)`;
}

/** The same for an open file, which nobody can replace after the check. */
export function unsafeFile(stats: Stats): string | undefined {
  if (!stats.isFile()) return `to be a file, not something else (mode ${modeOf(stats)})`;
  if (!isOurs(stats)) return ownedByOther(stats);
  if (!isOpen(stats)) return undefined;
  return `to be writable by its user alone (mode ${modeOf(stats)}; chmod go-w makes it safe)`;
}

function ownedByOther(stats: Stats): string {
  return `to belong to the user of this process, uid ${process.geteuid?.()}, not to uid ${stats.uid} (mode ${modeOf(stats)})`;
}

/** Windows has no such owners and modes. There, every file counts as owned and not writable by others. */
function isOurs({ uid }: Stats): boolean {
  return process.geteuid === undefined || process.geteuid() === uid;
}

function isOpen({ mode }: Stats): boolean {
  return process.geteuid !== undefined && (mode & 0o022) !== 0;
}

/** The mode as `chmod` takes it: `0755`. */
function modeOf({ mode }: Stats): string {
  return (mode & 0o7777).toString(8).padStart(4, '0');
}
