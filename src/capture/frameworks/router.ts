import { caught } from '../../safety/guard.ts';
import { noteRouter } from '../routes/outermost-router.ts';
import { onLoaded, whereLoaded } from './loaded-modules.ts';

type Handle = (this: object, req: object, ...rest: unknown[]) => unknown;

/** The symbol is registered, for a second copy of this package. */
const WATCHED = Symbol.for('raw-requests.router');

/**
 * Finds the outermost router of requests that the package `router` handles without Express, by wrapping `handle` of its
 * prototype. The templates of its routes are found as those of Express, which uses the same routers.
 */
export function watchRouter(packageName = 'router'): void {
  onLoaded(packageName, watch);
}

/** As {@link watchRouter}, if the package is loaded already. Modules that are loaded later are not observed. */
export function watchLoadedRouter(packageName = 'router'): void {
  whereLoaded(packageName, watch);
}

function watch(exports: unknown): void {
  const { prototype } = exports as { prototype?: { handle?: Handle; [WATCHED]?: true } };
  const original = prototype?.handle;
  if (prototype === undefined || typeof original !== 'function' || prototype[WATCHED]) return;
  prototype.handle = function handle(req, ...rest) {
    try {
      noteRouter(req, this);
    } catch (error) {
      caught('the router of a request', error);
    }
    return original.call(this, req, ...rest);
  };
  Object.defineProperty(prototype, WATCHED, { value: true });
}
