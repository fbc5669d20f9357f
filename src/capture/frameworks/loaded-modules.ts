import Module from 'node:module';
import { isAbsolute, sep } from 'node:path';
import { caught } from '../../safety/guard.ts';

type Load = (this: unknown, request: string, ...rest: unknown[]) => unknown;

interface Loader {
  _load: Load;
  readonly _cache: Record<string, { readonly exports: unknown; readonly loaded: boolean } | undefined>;
}

interface Listener {
  readonly packageName: string;
  readonly seen: WeakSet<object>;
  readonly run: (exports: unknown) => void;
}

const KEY = Symbol.for('raw-requests.loaded-modules');
const registry: { [KEY]?: Listener[] } = globalThis as never;
const loader = Module as unknown as Loader;
const MODULES = `${sep}node_modules${sep}`;

/**
 * Runs a function when a CommonJS package is loaded by `require()` or `import`, or at once if it was loaded before. It
 * runs once per exports object, since a process may load several copies of a package. ES modules are seen only when
 * they are loaded by `require()`, as `preload` does.
 *
 * `import` loads a package by the path of its file, of which only the folder is compared. So the function may get
 * exports of other modules of the package, and has to check them. Errors that it throws are ignored.
 */
export function onLoaded(packageName: string, run: (exports: unknown) => void): void {
  allListeners().push(whereLoaded(packageName, run));
}

/** As {@link onLoaded}, for modules that were loaded before. */
export function whereLoaded(packageName: string, run: (exports: unknown) => void): Listener {
  const listener: Listener = { packageName, seen: new WeakSet(), run };
  for (const [filename, module] of Object.entries(loader._cache)) {
    if (module?.loaded && isOf(packageName, filename)) notify(listener, module.exports);
  }
  return listener;
}

/** The listeners of this process. The first call wraps the loader, once for all copies of this package. */
function allListeners(): Listener[] {
  if (registry[KEY] !== undefined) return registry[KEY];
  const all: Listener[] = [];
  registry[KEY] = all;
  const load = loader._load;
  // Runs once per `require()`. For most calls, of relative paths and other packages, it costs a comparison.
  loader._load = function (request, ...rest) {
    const exports = load.call(this, request, ...rest);
    try {
      for (const listener of all) {
        if (request === listener.packageName || isOf(listener.packageName, request))
          notify(listener, exports);
      }
    } catch (error) {
      caught('a module that is loaded', error);
    }
    return exports;
  };
  return all;
}

/** Whether an absolute path is in the folder of a package, and not in the folder of a package nested in it. */
function isOf(packageName: string, filename: unknown): boolean {
  if (typeof filename !== 'string' || !isAbsolute(filename)) return false;
  const at = filename.lastIndexOf(MODULES);
  return at !== -1 && filename.startsWith(packageName.replace('/', sep) + sep, at + MODULES.length);
}

function notify({ seen, run }: Listener, exports: unknown): void {
  if (exports === null || (typeof exports !== 'object' && typeof exports !== 'function')) return;
  if (seen.has(exports)) return;
  seen.add(exports);
  ignoreErrors(() => run(exports));
}

/** For code that reads packages of unknown shape and versions: its errors are expected, and are not reported. */
export function ignoreErrors(run: () => void): void {
  try {
    run();
  } catch {}
}
