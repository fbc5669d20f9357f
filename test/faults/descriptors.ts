import { readdirSync, readlinkSync } from 'node:fs';

/** What a process has open: `socket:[4711]`, `/path/of/a/file`. Linux only. */
export function descriptorsOf(pid: number): string[] {
  const folder = `/proc/${pid}/fd`;
  return readdirSync(folder).flatMap((name) => {
    try {
      return [readlinkSync(`${folder}/${name}`)];
    } catch {
      return []; // closed meanwhile
    }
  });
}
