import { type KoaContext, nameKoaRoute } from '../capture/frameworks/koa.ts';
import { contextKeeper } from '../capture/hooks/writer-context.ts';
import { onAssigned } from '../capture/routes/route-found.ts';
import { type RawRequests, rawRequests } from '../middleware.ts';
import type { Options } from '../options/options.ts';
import { caught } from '../safety/guard.ts';

/** Middleware for Koa 2 and 3. */
export interface RawRequestsKoa extends Pick<RawRequests, 'flush' | 'close' | 'stats'> {
  <T>(context: KoaContext, next: () => Promise<T>): Promise<T>;
}

/**
 * Records every request of a Koa application as one point in InfluxDB. Use it first.
 *
 * Routes are those of `@koa/router`: full templates, with the prefixes of the routers around them. A RegExp route is
 * recorded as its source.
 *
 * @example
 * ```ts
 * const app = new Koa();
 * app.use(rawRequestsKoa());
 * ```
 * @throws {ConfigError} when a setting is wrong; it does not throw when the database is down
 */
export function rawRequestsKoa(options: Options = {}): RawRequestsKoa {
  const record = rawRequests(options);
  const middleware = function rawRequestsKoa<T>(context: KoaContext, next: () => Promise<T>): Promise<T> {
    try {
      record(context.req, context.res);
      nameKoaRoute(context);
      const keepContext = contextKeeper(context.req, context.res);
      if (keepContext !== undefined) onAssigned(context, 'routerPath', keepContext);
    } catch (error) {
      caught('the middleware of a Koa application', error);
    }
    return next();
  };
  return Object.assign(middleware, { flush: record.flush, close: record.close, stats: record.stats });
}

export { rawRequestsKoa as default };
