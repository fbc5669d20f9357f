import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmdirSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Scene } from './row.ts';

/** A file system of its own that can be filled to the last byte, and be writable or not. */
export interface Disk {
  readonly folder: string;
  /** Of what is being written to it meanwhile, a little may still find room. */
  fill(): void;
  clear(): void;
  readOnly(yes: boolean): void;
}

/** Room that is left for what is written while it is being filled. */
const MARGIN_BYTES = 32 << 10;
const TRIES = 50;

export function whyNoDisk(): string | false {
  if (process.platform !== 'linux') return 'needs Linux';
  return process.getuid?.() !== 0 && 'needs root, to mount a small disk';
}

/** It is in memory, and has so many bytes. */
export function smallDisk(scene: Pick<Scene, 'after'>, bytes: number): Disk {
  const folder = mkdtempSync(join(tmpdir(), 'raw-requests-disk-'));
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${bytes}`, 'tmpfs', folder], { encoding: 'utf8' });
  const remount = (how: string) =>
    execFileSync('mount', ['-o', `remount,${how}`, folder], { stdio: 'pipe', encoding: 'utf8' });
  scene.after(() => {
    execFileSync('umount', ['-l', folder]);
    rmdirSync(folder);
  });
  return {
    folder,
    // It is full when it is no larger than what is in it: that needs no file as large as the room there is.
    fill: () => {
      for (let attempt = 0; ; attempt++) {
        const { blocks, bfree, bsize } = statfsSync(folder);
        try {
          remount(`size=${(blocks - bfree) * bsize + attempt * MARGIN_BYTES}`);
          return;
        } catch (error) {
          if (attempt === TRIES) throw error; // more was written meanwhile
        }
      }
    },
    clear: () => remount(`size=${bytes}`),
    readOnly: (yes) => remount(yes ? 'ro' : 'rw'),
  };
}
