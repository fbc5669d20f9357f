import type { IncomingMessage } from 'node:http';
import { attempt, caught } from '../../safety/guard.ts';
import { isNamed, nameRoute } from '../routes/named-route.ts';
import { onLoaded } from './loaded-modules.ts';
import { preload } from './preload.ts';

/** The members of a Hono context that are used here. */
export interface HonoContext {
  /** `@hono/node-server` puts Node's own objects here. */
  readonly env: unknown;
  readonly req: {
    readonly raw: object;
    /** The index of the handler that was called last. */
    readonly routeIndex: number;
    readonly matchedRoutes?: readonly HonoRoute[];
  };
}

/** A handler or middleware that was registered for a method and a path. */
export interface HonoRoute {
  readonly method: string;
  readonly path: string;
  readonly handler: { readonly length: number };
}

/** The property in which Hono keeps a handler that it wrapped for the error handler of a sub-application. */
const WRAPPED = '__COMPOSED_HANDLER';

type Handler = (this: unknown, context: HonoContext, ...rest: unknown[]) => unknown;

/** A handler, together with Hono's data of its route. */
type Entry = readonly [handler: Handler, route: HonoRoute];

interface Router {
  add(method: string, path: string, entry: Entry, ...rest: unknown[]): unknown;
}

/**
 * Names the routes of Hono 4 applications that use the default router. Hono has no hook for this, and the prototype of
 * its router is the only object that all applications share. `add` of that prototype is wrapped, and wraps each
 * handler. Adding middleware instead would make Hono await requests that it answers synchronously otherwise.
 */
export function watchHono(packageName = 'hono'): void {
  onLoaded(packageName, (exports) => {
    const { Hono } = exports as { Hono?: new () => { readonly router?: Router } };
    if (Hono === undefined) return;
    const prototype: Router = Object.getPrototypeOf(new Hono().router);
    const original = prototype.add;
    if (typeof original !== 'function') return;
    prototype.add = function add(method, path, entry, ...rest) {
      const named = attempt('the route of a Hono handler', () => withNaming(entry)) ?? entry;
      return original.call(this, method, path, named, ...rest);
    };
  });
  preload(packageName);
}

function withNaming(entry: Entry): Entry {
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
 * Names the route of a context's request. The route is read when the request has ended. The outermost application
 * wins, because one that is mounted in another does not know its mount path.
 * @internal
 */
export function nameHonoRoute(context: HonoContext): void {
  const { incoming } = (context.env ?? {}) as { incoming?: IncomingMessage };
  if (incoming !== undefined && !isNamed(incoming)) nameRoute(incoming, () => honoRoute(context));
}

/** The route whose handler was called last. If that was middleware, it is the next route, which the middleware answered for. */
export function honoRoute({ req }: HonoContext): string | undefined {
  const { matchedRoutes, routeIndex } = req;
  return matchedRoutes?.slice(routeIndex).find(isRoute)?.path;
}

/** Hono registers `use()` and `all()` alike. Like Hono, this tells them apart by whether the function takes `next`. */
function isRoute({ method, handler }: HonoRoute): boolean {
  if (method !== 'ALL') return true;
  const inner = (handler as { [WRAPPED]?: HonoRoute['handler'] })[WRAPPED] ?? handler;
  return inner.length < 2;
}
