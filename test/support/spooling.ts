import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { gunzipSync, gzipSync } from 'node:zlib';
import type { Lines } from '../../src/export/lines/lines.ts';
import { type Owner, thisThread } from '../../src/export/spool/owner.ts';
import { Spool } from '../../src/export/spool/spool.ts';
import type { SpoolFile } from '../../src/export/spool/spool-index.ts';
import type { SpoolOptions } from '../../src/export/spool/spool-options.ts';

export const KEY = 'a1b2c3d4e5f6';

/** A folder that is removed with the test. The spool creates its own folder in it. */
export function temporaryFolder(t: Pick<TestContext, 'after'>): string {
  const folder = mkdtempSync(join(tmpdir(), 'raw-requests-spool-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Lines with an identity: `m,process=a n=7i 7`. */
export function batchOf(process: string, from: number, count: number): Lines {
  let text = '';
  for (let n = from; n < from + count; n++) text += `m,process=${process} n=${n}i ${n}\n`;
  return { count, body: gzipSync(text, { level: 1 }) };
}

/** The lines of a body. */
export function linesIn(body: Uint8Array): string[] {
  return gunzipSync(body).toString().trimEnd().split('\n');
}

/** Lines that were lost from a spool. */
export interface Loss {
  readonly name: string;
  readonly count: number;
  readonly own: boolean;
  readonly maybeStored: boolean;
  readonly reason: string;
}

export interface Watched {
  readonly spool: Spool;
  readonly lost: Loss[];
  readonly damaged: { file: string; reason: string }[];
}

/** Opens a spool, and collects its reports. */
export function open(dir: string, options: Partial<SpoolOptions> = {}): Watched {
  const lost: Loss[] = [];
  const damaged: Watched['damaged'] = [];
  const events = {
    lost: ({ name, count, own }: SpoolFile, maybeStored: boolean, reason: string) =>
      void lost.push({ name, count, own, maybeStored, reason }),
    damaged: (file: string, reason: string) => void damaged.push({ file, reason }),
  };
  return { spool: new Spool({ dir, maxBytes: 1 << 20, key: KEY, events, ...options }), lost, damaged };
}

/** A thread of this boot and pid namespace that does not run: no pid is that large. */
export function deadThread(number = 0): Owner {
  return { ...thisThread(), pid: 4_194_305 + number, thread: 4_194_305 + number, started: 1 };
}

/** Takes and settles everything in the spool. Returns the lines in order. */
export function drain(spool: Spool): string[] {
  const lines: string[] = [];
  for (let next = spool.next(); next; next = spool.next()) {
    lines.push(...linesIn(next.lines.body));
    spool.done(next.file);
  }
  return lines;
}

/** The files in a folder and its subfolders, as sorted relative paths. */
export function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => !statSync(join(folder, path)).isDirectory())
    .sort();
}

export function bytesBelow(folder: string): number {
  return filesBelow(folder).reduce((sum, path) => sum + statSync(join(folder, path)).size, 0);
}

export function assertNothingReported({ lost, damaged }: Watched): void {
  assert.deepEqual([lost, damaged], [[], []]);
}
