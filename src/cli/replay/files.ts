import { lstatSync, readdirSync, type Stats, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { cut, type Lines, unpack } from '../../export/lines/lines.ts';
import { countLines } from '../../export/lines/split-lines.ts';
import { DAMAGED, linesOf, readSafely } from '../../export/spool/files.ts';
import { SILENT_MS } from '../../export/spool/other-owners.ts';
import { isRunning, type OwnedFolder, parseFolderName, thisThread } from '../../export/spool/owner.ts';
import { unsafeFolder } from '../../safety/safe-folder.ts';
import { CliError } from '../cli-error.ts';

/** What there is to send, oldest first, and the folders that were left alone. */
export interface Found {
  files: string[];
  skipped: Skipped[];
}

export interface Skipped {
  folder: string;
  reason: string;
  /** It may hold what should be sent, but another user could have put it there. */
  unsafe: boolean;
}

/** What is in a file, ready to be sent. */
export interface Content {
  /** Lines in it. */
  readonly count: number;
  /** Its size. */
  readonly bytes: number;
  /** In lots that a database likes to take; made while they are asked for. */
  readonly lots: Iterable<Lines>;
}

/** As many lines as a batch has at most (`batchLines`): a file of the spool is sent as it is. */
const MOST_LINES = 20_000;
/** Of larger files, so many at a time: what InfluxDB's documentation recommends. */
const LINES_AT_A_TIME = 5000;

/**
 * Looks for `.lp.gz` and `.lp` files, in folders at any depth; links in them are not followed. Spools of running
 * processes, and those for another destination than `key`, are left alone; a file that is named is always taken.
 *
 * @throws {CliError} when one of `paths` does not exist, or is a folder that is not safe
 */
export function findFiles(paths: readonly string[], key: string | undefined): Found {
  const found: Found = { files: [], skipped: [] };
  for (const path of paths) {
    const stats = statSync(path, { throwIfNoEntry: false });
    if (stats === undefined) throw new CliError(`There is no ${path}`);
    if (stats.isDirectory()) {
      const problem = unsafeFolder(path);
      if (problem !== undefined) throw new CliError(`Expected ${path} ${problem}`);
      walk(path, key, found);
    } else found.files.push(path);
  }
  // Names of the spool start with the time; files of several processes are sent in the order of their times.
  const names = new Map([...new Set(found.files)].map((file) => [file, basename(file)]));
  found.files = [...names].sort(([, a], [, b]) => (a < b ? -1 : a > b ? 1 : 0)).map(([file]) => file);
  return found;
}

/** @throws when it cannot be read, could be another user's, is damaged, or has no lines */
export function readContent(path: string): Content {
  const content = readSafely(path);
  const isPacked = path.endsWith('.gz');
  const text = isPacked ? unpack(content) : content;
  const count = countLines(text);
  const expected = linesOf(basename(path));
  if (expected !== undefined && expected !== count) throw new Error(`${count} lines instead of ${expected}`);
  if (count === 0) throw new Error('no lines');
  const bytes = content.byteLength;
  const lots = isPacked && count <= MOST_LINES ? [{ count, body: content }] : cut(text, LINES_AT_A_TIME);
  return { count, bytes, lots };
}

function walk(folder: string, key: string | undefined, found: Found): void {
  const problem = unsafeFolder(folder);
  const reason = problem === undefined ? reasonToSkip(folder, key) : `expected it ${problem}`;
  if (reason !== undefined) {
    found.skipped.push({ folder, reason, unsafe: problem !== undefined });
    return;
  }
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory() && entry.name !== DAMAGED) walk(path, key, found);
    if (entry.isFile() && /\.lp(\.gz)?$/.test(entry.name)) found.files.push(path);
  }
}

function reasonToSkip(folder: string, key: string | undefined): string | undefined {
  const owned = parseFolderName(basename(folder));
  if (owned === undefined) return undefined;
  if (isLive(owned, lstatSync(folder))) {
    return `its process runs and delivers it itself (${owned.hostname}, pid ${owned.pid})`;
  }
  if (key !== undefined && owned.key !== key) {
    return 'it was written for another database; to send it here all the same, name its files';
  }
  return undefined;
}

/** A process that cannot be seen from here is one that runs, as long as its folder shows that it did not long ago. */
function isLive(owned: OwnedFolder, { mtimeMs }: Stats): boolean {
  const running = isRunning(owned, thisThread());
  return running === 'yes' || (running === 'unknown' && Date.now() - mtimeMs < SILENT_MS);
}
