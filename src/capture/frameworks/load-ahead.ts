import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { quietly } from './loaded-modules.ts';

interface PackageJson {
  readonly exports?: { readonly '.'?: { readonly import?: string | { readonly default?: string } } };
}

const require = createRequire(import.meta.url);

/**
 * Loads the ES module of a package before the application does, so that it passes `onLoaded`: of what is imported
 * Node tells nobody, other than through hooks that every module of the application would have to pass, and what a
 * module exports can not be replaced. The application gets the same module.
 *
 * Only a package that is installed around the program, or around the working directory, is found. To be called after
 * `onLoaded`.
 */
export function loadAhead(packageName: string): void {
  const program = process.argv[1];
  const starts = new Set([process.cwd()]);
  quietly(() => program !== undefined && starts.add(dirname(realpathSync(program))));
  for (const start of starts) {
    quietly(() => {
      const entry = entryOf(packageName, start);
      if (entry !== undefined) require(entry);
    });
  }
}

/** The file that `import` would load from a program in this folder. */
function entryOf(packageName: string, start: string): string | undefined {
  const folder = folderOf(packageName, start);
  if (folder === undefined) return undefined;
  const { exports }: PackageJson = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const entry = exports?.['.']?.import;
  const file = typeof entry === 'object' ? entry.default : entry;
  return file && join(folder, file);
}

function folderOf(packageName: string, start: string): string | undefined {
  for (let at = start; ; at = dirname(at)) {
    const folder = join(at, 'node_modules', packageName);
    if (existsSync(join(folder, 'package.json'))) return folder;
    if (at === dirname(at)) return undefined;
  }
}
