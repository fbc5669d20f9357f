import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { spoolKey } from '../../../src/export/spool/owner.ts';
import { resolveOptions } from '../../../src/options/options.ts';
import { batchOf, deadThread, filesBelow, open, temporaryFolder } from '../spooling.ts';

const main = fileURLToPath(new URL('../../../../dist/cli/main.js', import.meta.url));

/** Runs `raw-requests replay` without the settings of this environment. */
export async function replay(args: string[], env: Record<string, string> = {}) {
  const child = spawn(process.execPath, [main, 'replay', ...args], {
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [output, errors, [status]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close'),
  ]);
  return { status, output, errors, lines: output.trimEnd().split('\n') };
}

export const settingsOf = (url: string) => ({ INFLUX_URL: url, INFLUX_DATABASE: 'requests' });

/** Creates the spool of a dead process for the database at `url`, with files of 3 lines each. */
export function spooled(t: TestContext, url: string, files: number) {
  const dir = temporaryFolder(t);
  const key = spoolKey(resolveOptions({}, settingsOf(url)).destination!);
  const { spool } = open(dir, { key, owner: deadThread() });
  for (let n = 0; n < files; n++) spool.put(batchOf('a', n * 3, 3));
  return { dir, key, paths: filesBelow(dir).map((path) => join(dir, path)) };
}
