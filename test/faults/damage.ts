import { cp, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { temporaryFolder } from '../support/spooling.ts';
import type { Scene } from './row.ts';

const BUILT = fileURLToPath(new URL('../../', import.meta.url));
const PACKAGES = fileURLToPath(new URL('../../../node_modules', import.meta.url));

/** A copy of the library as it was built, to be damaged: nothing in it knows of these tests. */
export async function copyLibrary(scene: Scene): Promise<string> {
  const folder = temporaryFolder(scene);
  await cp(join(BUILT, 'src'), join(folder, 'src'), { recursive: true });
  await symlink(PACKAGES, join(folder, 'node_modules'));
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
  return folder;
}

/** Its address, for an application. */
export function libraryIn(folder: string): string {
  return pathToFileURL(join(folder, 'src/index.js')).href;
}
