import type { IncomingMessage, ServerResponse } from 'node:http';
import { type RawRequests, rawRequests } from '../../middleware.ts';
import type { Options } from '../../options/options.ts';
import { nameRoute } from '../routes/named-route.ts';

/** What is used of a Koa context, of version 2 and 3. */
export interface KoaContext {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
}

/** Middleware for Koa 2 and 3. */
export interface RawRequestsKoa extends Pick<RawRequests, 'flush' | 'close' | 'stats'> {
  <T>(context: KoaContext, next: () => Promise<T>): Promise<T>;
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

/**
 * Records every request of a Koa application as one point in InfluxDB. Use it first.
 *
 * Routes are those of `@koa/router`: full templates, with the prefixes of the routers around them. A RegExp is given
 * by its source.
 *
 * @example
 * ```ts
 * const app = new Koa();
 * app.use(rawRequestsKoa());
 * ```
 * @throws {ConfigError} when a setting is wrong; a database that is down is no error
 */
export function rawRequestsKoa(options: Options = {}): RawRequestsKoa {
  const record = rawRequests(options);
  const middleware = function rawRequestsKoa<T>(context: KoaContext, next: () => Promise<T>): Promise<T> {
    record(context.req, context.res);
    nameKoaRoute(context);
    return next();
  };
  return Object.assign(middleware, { flush: record.flush, close: record.close, stats: record.stats });
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
