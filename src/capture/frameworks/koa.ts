import type { IncomingMessage, ServerResponse } from 'node:http';
import { caught } from '../../safety/guard.ts';
import { nameRoute } from '../routes/named-route.ts';
import { onLoaded } from './loaded-modules.ts';

/** What is used of a Koa context, of version 2 and 3. */
export interface KoaContext {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
}

/** What routers of the `koa-router` family leave in the context. */
interface RoutedContext extends KoaContext {
  readonly method?: string;
  readonly originalUrl?: string;
  /** Layers of all routers whose path matched, with any method. */
  readonly matched?: readonly Layer[];
  /** The path of the layer that ran last; what a router is given instead of the request's path, in old versions. */
  readonly routerPath?: unknown;
  readonly _matchedRoute?: unknown;
  /** Set by `koa-mount`, which takes this off the path before a router sees it. */
  readonly mountPath?: unknown;
}

interface Layer {
  readonly path: string | RegExp;
  /** None for that of `router.use()`. */
  readonly methods?: readonly string[];
  match?(path: string): boolean;
}

/** Lets every context of Koa 2 and 3 tell its route. */
export function watchKoa(packageName = 'koa'): void {
  onLoaded(packageName, (exports) => {
    const { prototype } = exports as { prototype?: { createContext?: unknown } };
    if (prototype === undefined) return;
    const property = Object.getOwnPropertyDescriptor(prototype, 'createContext');
    const original = property?.value;
    if (typeof original !== 'function') return;
    const { createContext } = {
      createContext(this: unknown, req: unknown, res: unknown, ...rest: unknown[]): KoaContext {
        const context = original.call(this, req, res, ...rest);
        try {
          nameKoaRoute(context);
        } catch (error) {
          caught('the route of a Koa request', error);
        }
        return context;
      },
    };
    Object.defineProperty(prototype, 'createContext', { ...property, value: createContext });
  });
}

/**
 * Tells the route of a context's request, once that is over.
 * @internal
 */
export function nameKoaRoute(context: KoaContext): void {
  nameRoute(context.req, () => koaRoute(context));
}

function koaRoute(context: RoutedContext): string | undefined {
  const { matched, _matchedRoute } = context;
  if (!Array.isArray(matched)) return textOf(_matchedRoute); // a router of another family
  const layer = routeAmong(matched, context);
  return layer && mountOf(context, layer) + (textOf(layer.path) ?? '');
}

/**
 * The layer that ran last, if that is a route. If it is middleware, that answered for the route behind it, or was
 * left through the last route before it.
 */
function routeAmong(matched: readonly Layer[], { method, routerPath, _matchedRoute }: RoutedContext) {
  const last = routerPath ?? _matchedRoute;
  const isRoute = (layer: Layer) => layer.methods?.includes(method ?? '');
  const isLast = (layer: Layer) => layer.path === last;
  return (
    matched.findLast((layer) => isLast(layer) && isRoute(layer)) ??
    matched.slice(matched.findIndex(isLast) + 1).find(isRoute) ??
    matched.findLast(isRoute)
  );
}

/** The mount's path, when the layer was matched against a path without it. */
function mountOf({ mountPath, originalUrl = '' }: RoutedContext, layer: Layer): string {
  if (typeof mountPath !== 'string' || mountPath === '/') return '';
  const query = originalUrl.indexOf('?');
  const path = query === -1 ? originalUrl : originalUrl.slice(0, query);
  return layer.match?.(path) ? '' : mountPath.replace(/\/$/, '');
}

function textOf(path: unknown): string | undefined {
  if (path instanceof RegExp) return path.source;
  return typeof path === 'string' ? path : undefined;
}
