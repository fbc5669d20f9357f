import { randomBytes } from 'node:crypto';
import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { unsafeFile, unsafeFolder } from '../../safety/safe-folder.ts';
import { decompress, MAX_DECOMPRESSED_BYTES } from '../lines/lines.ts';
import { countLines } from '../lines/split-lines.ts';

/** The folder for files that cannot be delivered, beside the folders of the owners. */
export const DAMAGED_FOLDER = 'damaged';
export const TEMPORARY_SUFFIX = '.tmp';

const MAX_DAMAGED_FILES = 100;
const NAME = /^\d{8}T\d{9}Z-\d{9}-([1-9]\d{0,7})\.lp\.gz$/;

/** `20261122T110812345Z-000000007-5000.lp.gz`. Names sort by time. The last number is the number of lines. */
export function fileName(atMs: number, sequence: number, lines: number): string {
  const time = new Date(atMs).toISOString().replace(/[-:.]/g, '');
  return `${time}-${String(sequence).padStart(9, '0')}-${lines}.lp.gz`;
}

/** The number of lines in a file name; undefined if it is not a name of a spool file. */
export function lineCountOf(name: string): number | undefined {
  const match = NAME.exec(name);
  return match === null ? undefined : Number(match[1]);
}

/** The time in a file name, ms since 1970; NaN if it is not a name of a spool file. */
export function writtenAt(name: string): number {
  const [, date, time, ms] = /^(\d{8})T(\d{6})(\d{3})Z/.exec(name) ?? [];
  const pairs = (digits = '') => digits.match(/\d\d/g) ?? [];
  const [century, year, ...day] = pairs(date);
  return Date.parse(`${century}${[year, ...day].join('-')}T${pairs(time).join(':')}.${ms}Z`);
}

/** Whether lines can be written to a file and read again. */
export function fitsInFile(lines: number, body: Uint8Array): boolean {
  if (body.byteLength < 18 || body.byteLength > MAX_DECOMPRESSED_BYTES) return false;
  // RFC 1952, section 2.3.1: the last four bytes are the decompressed size.
  const tail = new DataView(body.buffer, body.byteOffset + body.byteLength - 4, 4);
  return lines >= 1 && lines < 1e8 && tail.getUint32(0, true) <= MAX_DECOMPRESSED_BYTES;
}

/** Creates the folder if it is missing, and checks it as {@link checkFolder} does. */
export function makeFolder(path: string): void {
  let made: string | undefined;
  try {
    made = mkdirSync(path, { recursive: true, mode: 0o700 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error; // `checkFolder` reports it
  }
  checkFolder(path);
  if (made !== undefined) syncFolder(dirname(path));
}

/** Another user could have created or changed the file or folder. */
export class UnsafeError extends Error {}

/** @throws {UnsafeError} if it is not a safe folder */
export function checkFolder(path: string): void {
  const problem = unsafeFolder(path);
  if (problem !== undefined) throw new UnsafeError(`expected it ${problem}`);
}

/** Whether it exists and is safe. */
export function isSafeFolder(path: string): boolean {
  try {
    return unsafeFolder(path) === undefined;
  } catch {
    return false;
  }
}

/** Writes a file atomically. @throws if a step fails; nothing is left then */
export function writeFile(folder: string, name: string, body: Uint8Array, sync: boolean): void {
  const path = join(folder, name);
  const temporary = path + TEMPORARY_SUFFIX;
  const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
  const file = openSync(temporary, O_WRONLY | O_CREAT | O_EXCL | (O_NOFOLLOW ?? 0), 0o600);
  try {
    try {
      // If a disk is nearly full, a write may be incomplete before the next one fails.
      for (let at = 0; at < body.byteLength; ) at += writeSync(file, body, at);
      if (sync) fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, path);
    if (sync) syncFolder(folder);
  } catch (error) {
    removeQuietly(temporary);
    removeQuietly(path);
    throw error;
  }
}

/** Makes changes of names in a folder durable. */
export function syncFolder(folder: string): void {
  const handle = openSync(folder, constants.O_RDONLY);
  try {
    fsyncSync(handle);
  } catch (error) {
    // Some network file systems cannot sync folders.
    if (!['EINVAL', 'ENOTSUP', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  } finally {
    closeSync(handle);
  }
}

export type ReadResult =
  | { readonly kind: 'intact'; readonly body: Uint8Array }
  | { readonly kind: 'damaged'; readonly reason: string }
  | { readonly kind: 'missing' }
  /** It may be intact, but cannot be read now. */
  | { readonly kind: 'unavailable' };

/**
 * Reads a file. Checks that it can be decompressed, that its checksum is right, and that it has as many lines as its
 * name says.
 */
export function readFile(path: string, lines: number): ReadResult {
  let body: Uint8Array;
  try {
    body = readSafely(path);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return { kind: 'missing' };
    if (['EMFILE', 'ENFILE', 'ENOMEM', 'EAGAIN'].includes(code ?? '')) return { kind: 'unavailable' };
    return { kind: 'damaged', reason: message };
  }
  try {
    const text = decompress(body);
    if (!endsWithLine(text)) return { kind: 'damaged', reason: 'its last line has no end' };
    const found = countLines(text);
    if (found === lines) return { kind: 'intact', body };
    return { kind: 'damaged', reason: `${found} lines instead of ${lines}` };
  } catch (error) {
    return { kind: 'damaged', reason: (error as Error).message };
  }
}

/** Complete lines end with a line feed. */
function endsWithLine(text: Buffer): boolean {
  return text.at(-1) === 10;
}

/** @throws {UnsafeError} if it is not a safe file */
export function readSafely(path: string): Buffer {
  const file = openUnfollowed(path);
  try {
    const stats = fstatSync(file);
    const problem = unsafeFile(stats);
    if (problem !== undefined) throw new UnsafeError(`expected it ${problem}`);
    if (stats.size > MAX_DECOMPRESSED_BYTES) throw new Error('too large');
    return readFileSync(file);
  } finally {
    closeSync(file);
  }
}

function openUnfollowed(path: string): number {
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
  try {
    // Without O_NONBLOCK, opening a pipe would block.
    return openSync(path, O_RDONLY | (O_NOFOLLOW ?? 0) | (O_NONBLOCK ?? 0));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ELOOP') throw error;
    throw new UnsafeError('expected it to be a file, not a link');
  }
}

/**
 * Moves a file that cannot be delivered to the folder `damaged`, where the oldest files are removed if there are too
 * many. Returns its new path, or the old one if it could not be moved.
 */
export function quarantine(spoolFolder: string, path: string, name: string, maxBytes: number): string {
  const folder = join(spoolFolder, DAMAGED_FOLDER);
  const target = join(folder, `${name.slice(0, 60)}.${randomBytes(4).toString('hex')}`);
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    if (!isSafeFolder(folder)) return path;
    renameSync(path, target);
  } catch {
    return path;
  }
  trim(folder, maxBytes);
  return target;
}

function trim(folder: string, maxBytes: number): void {
  const files = namesIn(folder)
    .map((name) => ({ path: join(folder, name), ...ageAndSize(join(folder, name)) }))
    .sort((a, b) => b.sinceMs - a.sinceMs);
  let bytes = 0;
  for (const [index, { path, size }] of files.entries()) {
    bytes += size;
    if (bytes <= maxBytes && index < MAX_DAMAGED_FILES) continue;
    try {
      rmSync(path, { recursive: true, force: true });
    } catch {
      // It stays.
    }
  }
}

function ageAndSize(path: string): { sinceMs: number; size: number } {
  try {
    const { ctimeMs, size } = lstatSync(path);
    return { sinceMs: ctimeMs, size };
  } catch {
    return { sinceMs: 0, size: 0 };
  }
}

/** The names in a folder, sorted; empty if the folder cannot be read. */
export function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}

/** The size of a file; undefined for anything but a file. */
export function sizeOf(path: string): number | undefined {
  try {
    const stats = lstatSync(path);
    return stats.isFile() ? stats.size : undefined;
  } catch {
    return undefined;
  }
}

export function removeQuietly(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // It does not exist, or will be found again.
  }
}
