import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { ignoreErrors } from './loaded-modules.ts';

interface PackageJson {
  readonly version?: string;
  readonly exports?:
    | string
    | { readonly '.'?: { readonly import?: string | { readonly default?: string }; readonly node?: string } };
}

/**
 * Loads the ES module of a package by `require()`, before the application does, so that `onLoaded` sees it. The
 * application then gets the same module. There is no other way: Node announces imports only to loader hooks, which
 * every module of the application would pass through, and exports of an ES module cannot be replaced.
 *
 * The package is searched for in the `node_modules` folders above the program and above the working directory. Call
 * `onLoaded` first.
 *
 * @param major the oldest version that is loaded
 */
export function preload(packageName: string, major = 0): void {
  const program = process.argv[1];
  const starts = new Set([process.cwd()]);
  ignoreErrors(() => program !== undefined && starts.add(dirname(realpathSync(program))));
  for (const start of starts) {
    ignoreErrors(() => {
      const entry = entryOf(packageName, start, major);
      if (entry !== undefined) createRequire(import.meta.url)(entry);
    });
  }
}

/** The file that `import` would load from a program in this folder. */
function entryOf(packageName: string, start: string, major: number): string | undefined {
  const folder = folderOf(packageName, start);
  if (folder === undefined) return undefined;
  const { version = '', exports }: PackageJson = JSON.parse(
    readFileSync(join(folder, 'package.json'), 'utf8'),
  );
  if (!(Number.parseInt(version, 10) >= major) && major > 0) return undefined;
  const main = typeof exports === 'string' ? { import: exports } : exports?.['.'];
  const entry = main?.import ?? main?.node;
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
