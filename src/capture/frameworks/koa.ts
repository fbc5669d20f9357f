import type { IncomingMessage, ServerResponse } from 'node:http';
import { caught } from '../../safety/guard.ts';
import { type FeathersApp, type FeathersLookup, feathersRoute } from '../carried/api-servers.ts';
import { nameRoute } from '../routes/named-route.ts';
import { onLoaded } from './loaded-modules.ts';

/** The members of a Koa 2 or 3 context that are used here. */
export interface KoaContext {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
}

/** The members that routers of the `koa-router` family add to the context. */
interface RoutedContext extends KoaContext {
  readonly method?: string;
  readonly originalUrl?: string;
  /** Layers of all routers whose path matched, with any method. */
  readonly matched?: readonly Layer[];
  /** The path of the layer that ran last. In old versions, a path that the router matches instead of the request's. */
  readonly routerPath?: unknown;
  readonly _matchedRoute?: unknown;
  /** The prefix that `koa-mount` removes from the path before a router sees it. */
  readonly mountPath?: unknown;
  /** Feathers, which has no router. */
  readonly lookup?: FeathersLookup;
  readonly app?: FeathersApp;
}

interface Layer {
  readonly path: string | RegExp;
  /** Empty for a layer of `router.use()`. */
  readonly methods?: readonly string[];
  match?(path: string): boolean;
}

/** Names the routes of all Koa 2 and 3 applications, by wrapping `createContext` of their prototype. */
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
 * Names the route of a context's request. The route is read when the request has ended.
 * @internal
 */
export function nameKoaRoute(context: KoaContext): void {
  nameRoute(context.req, () => koaRoute(context));
}

function koaRoute(context: RoutedContext): string | undefined {
  const { matched, _matchedRoute, lookup, app } = context;
  if (lookup !== undefined && app !== undefined) return feathersRoute(app, lookup);
  if (!Array.isArray(matched)) return textOf(_matchedRoute); // a router of another family
  const layer = routeAmong(matched, context);
  return layer && mountOf(context, layer) + (textOf(layer.path) ?? '');
}

/**
 * The layer that ran last, if it is a route. If it is middleware, the next route, which it answered for, or else the
 * last route before it.
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

/** The mount's path, if the layer was matched against a path without that prefix. */
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
