import Module from 'node:module';
import { isAbsolute, sep } from 'node:path';
import { caught } from '../../safety/guard.ts';

type Load = (this: unknown, request: string, ...rest: unknown[]) => unknown;

interface Loader {
  _load: Load;
  readonly _cache: Record<string, { readonly exports: unknown; readonly loaded: boolean } | undefined>;
}

interface Watch {
  readonly packageName: string;
  readonly told: WeakSet<object>;
  readonly tell: (exports: unknown) => void;
}

const KEY = Symbol.for('raw-requests.loaded-modules');
const registry: { [KEY]?: Watch[] } = globalThis as never;
const loader = Module as unknown as Loader;
const MODULES = `${sep}node_modules${sep}`;

/**
 * Runs when a CommonJS package is loaded, by `require()` or by `import`, and at once when it was before; once for each
 * exports object, since a process may hold several copies of a package. An ES module is told of only when it is
 * required, as `loadAhead` does.
 *
 * A package that is loaded by a path of its own, as `import` does it, is known by the folder only, so other modules of
 * the package may arrive too: look at what is given. What is thrown here is swallowed.
 */
export function onLoaded(packageName: string, tell: (exports: unknown) => void): void {
  const watch: Watch = { packageName, told: new WeakSet(), tell };
  for (const [filename, module] of Object.entries(loader._cache)) {
    if (module?.loaded && isOf(packageName, filename)) report(watch, module.exports);
  }
  watches().push(watch);
}

/** All watches of this process. The first one wraps the loader, once also for several copies of this package. */
function watches(): Watch[] {
  if (registry[KEY] !== undefined) return registry[KEY];
  const all: Watch[] = [];
  registry[KEY] = all;
  const load = loader._load;
  // Runs once per `require()`: most ask for a relative path or a package nobody watches, and that costs a comparison.
  loader._load = function (request, ...rest) {
    const exports = load.call(this, request, ...rest);
    try {
      for (const watch of all) {
        if (request === watch.packageName || isOf(watch.packageName, request)) report(watch, exports);
      }
    } catch (error) {
      caught('a module that is loaded', error);
    }
    return exports;
  };
  return all;
}

/** Whether an absolute path lies in the folder of a package, but not in that of one nested in it. */
function isOf(packageName: string, filename: unknown): boolean {
  if (typeof filename !== 'string' || !isAbsolute(filename)) return false;
  const at = filename.lastIndexOf(MODULES);
  return at !== -1 && filename.startsWith(packageName.replace('/', sep) + sep, at + MODULES.length);
}

function report({ told, tell }: Watch, exports: unknown): void {
  if (exports === null || (typeof exports !== 'object' && typeof exports !== 'function')) return;
  if (told.has(exports)) return;
  told.add(exports);
  quietly(() => tell(exports));
}

/** What fails here is expected to, now and then, and there is nothing to say of it. */
export function quietly(run: () => void): void {
  try {
    run();
  } catch {}
}
