import { lstatSync, readlinkSync, type Stats } from 'node:fs';
import { resolve } from 'node:path';
import { printable } from './printable.ts';

// The rule for folders and files in which requests wait: they belong to the user of this process, no other user can
// write to them, and they are no links. Otherwise another user could read requests, or exchange files so that we send
// lines of theirs with our credentials. The sticky bit makes a folder safe that others may write to: they cannot
// exchange what is ours.

/**
 * The part of the rule that a folder breaks, to follow "Expected <the folder>"; undefined when it is safe.
 *
 * @throws when it cannot be looked at; with the code `ENOENT` when it does not exist
 */
export function unsafeFolder(path: string): string | undefined {
  // A slash at the end would make the system follow a link.
  const place = resolve(path);
  const stats = lstatSync(place);
  const mode = modeOf(stats);
  if (stats.isSymbolicLink())
    return `to be a folder, not a link: it leads to ${printable(readlinkSync(place))} (mode ${mode})`;
  if (!stats.isDirectory()) return `to be a folder, not something else (mode ${mode})`;
  if (!isOurs(stats))
    return `${ownedByOther(stats)}; a folder in it that does not exist yet is made, and is safe`;
  if (!isOpen(stats) || (stats.mode & 0o1000) !== 0) return undefined;
  return `to be writable by its user alone, or to have the sticky bit (mode ${mode}; chmod go-w makes it safe)`;
}

/** The same for a file that is open, so that nobody can exchange it after it was looked at. */
export function unsafeFile(stats: Stats): string | undefined {
  if (!stats.isFile()) return `to be a file, not something else (mode ${modeOf(stats)})`;
  if (!isOurs(stats)) return ownedByOther(stats);
  if (!isOpen(stats)) return undefined;
  return `to be writable by its user alone (mode ${modeOf(stats)}; chmod go-w makes it safe)`;
}

function ownedByOther(stats: Stats): string {
  return `to belong to the user of this process, uid ${process.geteuid?.()}, not to uid ${stats.uid} (mode ${modeOf(stats)})`;
}

/** Windows has no owners and no modes of this kind: there everything is ours and closed. */
function isOurs({ uid }: Stats): boolean {
  return process.geteuid === undefined || process.geteuid() === uid;
}

function isOpen({ mode }: Stats): boolean {
  return process.geteuid !== undefined && (mode & 0o022) !== 0;
}

/** As `chmod` takes it: `0755`. */
function modeOf({ mode }: Stats): string {
  return (mode & 0o7777).toString(8).padStart(4, '0');
}
