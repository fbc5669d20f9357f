import { attempt, caught } from '../../safety/guard.ts';
import { nameRoute } from '../routes/named-route.ts';
import { onLoaded } from './loaded-modules.ts';

/** What a router calls when it has found the route of a request. */
type Handler = (
  this: unknown,
  req: object,
  res: object,
  params: unknown,
  store: unknown,
  ...rest: unknown[]
) => unknown;

interface Router {
  on(method: unknown, path: unknown, options: unknown, handler: unknown, store?: unknown): unknown;
}

/** Fastify's data of a route, which its router hands to the handler. */
interface FastifyStore {
  readonly config?: { readonly url?: unknown };
}

let isSeen = false;

/** Whether Fastify's router was loaded, so that the routes of all Fastify instances that use it are named. */
export function isRouterSeen(): boolean {
  return isSeen;
}

/**
 * Names the routes of all Fastify instances, by wrapping the method `on` of the router that they use, which then wraps
 * the handler. A hook of a Fastify instance would do the same, but the application would see it in `printRoutes()` and
 * `printPlugins()`, and Fastify is faster without hooks.
 */
export function watchFindMyWay(packageName = 'find-my-way'): void {
  onLoaded(packageName, (exports) => {
    const { prototype } = exports as { prototype?: Router };
    const original = prototype?.on;
    if (typeof original !== 'function') return;
    prototype!.on = function on(method, path, options, handler, store) {
      const named = attempt('the routes of Fastify', () => withNaming(handler, store)) ?? handler;
      return original.call(this, method, path, options, named, store);
    };
    isSeen = true;
  });
}

/** Handlers with naming, by handler: Fastify uses one handler for all routes of an instance. */
const wrappers = new WeakMap<object, Handler>();

function withNaming(handler: unknown, store: unknown): unknown {
  // The handlers of other packages, and that of Fastify for requests without a route, have no template.
  if (typeof handler !== 'function' || templateOf(store) === undefined) return handler;
  const known = wrappers.get(handler);
  if (known !== undefined) return known;
  const wrapper: Handler = function (req, res, params, store, ...rest) {
    try {
      const template = templateOf(store);
      if (template !== undefined) nameRoute(req, template);
    } catch (error) {
      caught('the route of a Fastify request', error);
    }
    return handler.call(this, req, res, params, store, ...rest);
  };
  // `fastify.findRoute()` shows it.
  for (const name of ['name', 'length']) {
    Object.defineProperty(wrapper, name, { value: handler[name as 'name' | 'length'], configurable: true });
  }
  wrappers.set(handler, wrapper);
  wrappers.set(wrapper, wrapper); // the router calls `on` again for optional parameters
  return wrapper;
}

function templateOf(store: unknown): string | undefined {
  const url = (store as FastifyStore | null | undefined)?.config?.url;
  return typeof url === 'string' ? url : undefined;
}
