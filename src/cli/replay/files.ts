import { readdirSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { chunksOf, decompress, type Lines } from '../../export/lines/lines.ts';
import { countLines } from '../../export/lines/split-lines.ts';
import { DAMAGED_FOLDER, lineCountOf, readSafely } from '../../export/spool/files.ts';
import { isLive } from '../../export/spool/left-behind.ts';
import { type OwnedFolder, parseFolderName } from '../../export/spool/owner.ts';
import { unsafeFolder } from '../../safety/safe-folder.ts';
import { CliError } from '../cli-error.ts';

/** The files to send, oldest first, and the folders that were skipped. */
export interface Found {
  files: string[];
  skipped: Skipped[];
  /** Folders of dead processes with lines for another destination. */
  elsewhere: string[];
}

export interface Skipped {
  folder: string;
  reason: string;
  /** Whether it was skipped because another user could have written its files. */
  unsafe: boolean;
}

/** The content of a file. */
export interface Content {
  /** Number of lines. */
  readonly count: number;
  /** Size of the file. */
  readonly bytes: number;
  /** The lines, divided into write requests of a moderate size. They are made lazily. */
  readonly chunks: Iterable<Lines>;
}

/** The maximum of `batchLines`. A compressed file of at most this many lines, such as one of the spool, is sent as it is. */
const MAX_LINES = 20_000;
/** Larger files are sent with this many lines per request, as InfluxDB's documentation recommends. */
const LINES_PER_REQUEST = 5000;

/**
 * Finds `.lp.gz` and `.lp` files, in folders at any depth, without following links in them. Spools of running processes
 * are skipped, and so are those for another destination than `key`, if there is one. Files in `paths` are always included.
 *
 * @throws {CliError} if one of `paths` does not exist, or is a folder that is not safe
 */
export function findFiles(paths: readonly string[], key: string | undefined): Found {
  const found: Found = { files: [], skipped: [], elsewhere: [] };
  for (const path of paths) {
    const stats = statSync(path, { throwIfNoEntry: false });
    if (stats === undefined) throw new CliError(`There is no ${path}`);
    if (stats.isDirectory()) {
      const problem = unsafeFolder(path);
      if (problem !== undefined) throw new CliError(`Expected ${path} ${problem}`);
      walk(path, key, found);
    } else found.files.push(path);
  }
  // File names of the spool start with the time, so files of several processes are sorted by time.
  const names = new Map([...new Set(found.files)].map((file) => [file, basename(file)]));
  found.files = [...names].sort(([, a], [, b]) => (a < b ? -1 : a > b ? 1 : 0)).map(([file]) => file);
  return found;
}

/** @throws if the file cannot be read, could have been written by another user, is damaged, or has no lines */
export function readContent(path: string): Content {
  const content = readSafely(path);
  const isPacked = path.endsWith('.gz');
  const text = isPacked ? decompress(content) : content;
  const count = countLines(text);
  const expected = lineCountOf(basename(path));
  if (expected !== undefined && expected !== count) throw new Error(`${count} lines instead of ${expected}`);
  if (count === 0) throw new Error('no lines');
  const bytes = content.byteLength;
  const chunks =
    isPacked && count <= MAX_LINES ? [{ count, body: content }] : chunksOf(text, LINES_PER_REQUEST);
  return { count, bytes, chunks };
}

function walk(folder: string, key: string | undefined, found: Found): void {
  const problem = unsafeFolder(folder);
  const owned = parseFolderName(basename(folder));
  const reason = problem === undefined ? runningOwner(owned, folder) : `expected it ${problem}`;
  if (reason !== undefined) {
    found.skipped.push({ folder, reason, unsafe: problem !== undefined });
    return;
  }
  if (owned !== undefined && key !== undefined && owned.key !== key) {
    found.elsewhere.push(folder);
    return;
  }
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory() && entry.name !== DAMAGED_FOLDER) walk(path, key, found);
    if (entry.isFile() && /\.lp(\.gz)?$/.test(entry.name)) found.files.push(path);
  }
}

function runningOwner(owned: OwnedFolder | undefined, folder: string): string | undefined {
  if (owned === undefined || !isLive(owned, folder)) return undefined;
  return `its process runs and delivers it itself (${owned.hostname}, pid ${owned.pid})`;
}
