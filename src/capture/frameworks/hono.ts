import type { IncomingMessage } from 'node:http';
import { attempt, caught } from '../../safety/guard.ts';
import { isNamed, nameRoute } from '../routes/named-route.ts';
import { loadAhead } from './load-ahead.ts';
import { onLoaded } from './loaded-modules.ts';

/** What is used of a Hono context. */
export interface HonoContext {
  /** `@hono/node-server` puts Node's own objects here. */
  readonly env: unknown;
  readonly req: {
    /** Of the handler that was called last. */
    readonly routeIndex: number;
    readonly matchedRoutes?: readonly HonoRoute[];
  };
}

/** What a method and a path were given: a handler, or middleware. */
export interface HonoRoute {
  readonly method: string;
  readonly path: string;
  readonly handler: { readonly length: number };
}

/** Where Hono keeps the handler that it wrapped for the error handler of a sub-application. */
const WRAPPED = '__COMPOSED_HANDLER';

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
      const named = attempt('the route of a Hono handler', () => naming(entry)) ?? entry;
      return original.call(this, method, path, named, ...rest);
    };
  });
  loadAhead(packageName);
}

function naming(entry: Entry): Entry {
  if (!Array.isArray(entry) || typeof entry[0] !== 'function') return entry;
  const [handler, ...known] = entry as Entry;
  const wrapped: Handler = function (context, ...rest) {
    try {
      nameHonoRoute(context);
    } catch (error) {
      caught('the route of a Hono request', error);
    }
    return handler.call(this, context, ...rest);
  };
  return [wrapped, ...known];
}

/**
 * Tells the route of a context's request, once that is over. An application inside another one does not know the
 * path that it is mounted at, so the outermost counts.
 * @internal
 */
export function nameHonoRoute(context: HonoContext): void {
  const { incoming } = (context.env ?? {}) as { incoming?: IncomingMessage };
  if (incoming !== undefined && !isNamed(incoming)) nameRoute(incoming, () => honoRoute(context));
}

/** The route that was called last; if that was middleware, the one behind it, for which it answered. */
export function honoRoute({ req }: HonoContext): string | undefined {
  const { matchedRoutes, routeIndex } = req;
  return matchedRoutes?.slice(routeIndex).find(isRoute)?.path;
}

/** `use()` and `all()` leave the same; Hono itself tells them apart by whether the function takes `next`. */
function isRoute({ method, handler }: HonoRoute): boolean {
  if (method !== 'ALL') return true;
  const inner = (handler as { [WRAPPED]?: HonoRoute['handler'] })[WRAPPED] ?? handler;
  return inner.length < 2;
}
