import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { printable } from '../../safety/printable.ts';
import { readSafely } from './files.ts';

// The folders of a spool name their destination by a hash. A file beside them says which one that is, so that lines
// which wait for a destination of the past can be named.

const MAX_LENGTH = 300;

/** Writes the file of a destination, if it is missing. The address has no credentials. Never throws. */
export function writeDestination(dir: string, key: string, address: string): void {
  if (destinationOf(dir, key) !== undefined) return;
  try {
    writeFileSync(join(dir, fileOf(key)), `${address}\n`, { mode: 0o600, flag: 'wx' });
  } catch {
    // Only its name is missing then. Another process may have been faster.
  }
}

/** The destination with a key, as text for people; undefined if there is no file. */
export function destinationOf(dir: string, key: string): string | undefined {
  try {
    const text = readSafely(join(dir, fileOf(key)))
      .toString()
      .trim();
    return text === '' ? undefined : printable(text, MAX_LENGTH);
  } catch {
    return undefined;
  }
}

function fileOf(key: string): string {
  return `${key}.destination`;
}
