import { randomBytes } from 'node:crypto';
import { mkdir, rm, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describeLeftBehind, leftBehind } from '../../../export/spool/left-behind.ts';
import { broken, type Finding, fine, shellWord, warning } from '../finding.ts';

const NAME = 'Spool';
const LITTLE_BYTES = 100 * 2 ** 20;

/**
 * Checks that the folder of the spool can be written to, and has free space; and that no lines wait there for another
 * destination than the one with `key`.
 */
export async function checkSpool(folder: string, key: string | undefined): Promise<Finding[]> {
  const left = leftBehind(folder, key).map((left) =>
    warning(
      NAME,
      `${folder}: ${describeLeftBehind(left)}; nobody delivers ${left.lines === 1 ? 'it' : 'them'}`,
      'If the settings were corrected since, send these to the present database:',
      `npx raw-requests replay --to-current ${shellWord(folder)}`,
    ),
  );
  return [await checkFolder(folder), ...left];
}

async function checkFolder(folder: string): Promise<Finding> {
  const probe = join(folder, `.doctor-${randomBytes(6).toString('hex')}`);
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await writeFile(probe, 'x', { mode: 0o600 });
    await rm(probe);
    const { bavail, bsize } = await statfs(folder);
    const free = `${Math.round((bavail * bsize) / 2 ** 20)} MiB free`;
    if (bavail * bsize >= LITTLE_BYTES) return fine(NAME, `${folder}, ${free}`);
    return warning(
      NAME,
      `${folder} has only ${free}`,
      'Make room: what does not fit waits in memory.',
      `df -h ${shellWord(folder)}`,
    );
  } catch (error) {
    const next = 'Let the user of the app write there, or name another folder. It is:';
    return broken(
      NAME,
      `cannot be used: ${(error as Error).message}`,
      next,
      `ls -ld ${shellWord(folder)}; id`,
    );
  }
}
