import { type HonoContext, type HonoRoute, nameHonoRoute } from './hono.ts';
import { loadAhead } from './load-ahead.ts';
import { onLoaded, quietly } from './loaded-modules.ts';

type Handler = (this: unknown, context: HonoContext, ...rest: unknown[]) => unknown;

/** A handler, together with what Hono knows of its route. */
type Entry = readonly [handler: Handler, route: HonoRoute];

interface Router {
  add(method: string, path: string, entry: Entry, ...rest: unknown[]): unknown;
}

/**
 * Lets every context of Hono 4 tell its route, of applications with the default router. Hono itself has no hook for
 * this, and makes everything else anew for each application; its router is the one thing that all share. Handlers are
 * wrapped there, rather than middleware added, since an application with a single handler is answered without waiting.
 */
export function watchHono(packageName = 'hono'): void {
  onLoaded(packageName, (exports) => {
    const { Hono } = exports as { Hono?: new () => { readonly router?: Router } };
    if (Hono === undefined) return;
    const prototype: Router = Object.getPrototypeOf(new Hono().router);
    const original = prototype.add;
    if (typeof original !== 'function') return;
    prototype.add = function add(method, path, entry, ...rest) {
      return original.call(this, method, path, naming(entry), ...rest);
    };
  });
  loadAhead(packageName);
}

function naming(entry: Entry): Entry {
  if (!Array.isArray(entry) || typeof entry[0] !== 'function') return entry;
  const [handler, ...known] = entry as Entry;
  const wrapped: Handler = function (context, ...rest) {
    quietly(() => nameHonoRoute(context));
    return handler.call(this, context, ...rest);
  };
  return [wrapped, ...known];
}
