import type { IncomingMessage, ServerResponse } from 'node:http';
import { messageOf } from '../capture/fetch/exchange.ts';
import { type HonoContext, honoRoute } from '../capture/frameworks/hono.ts';
import { contextKeeper } from '../capture/hooks/writer-context.ts';
import { nameRoute } from '../capture/routes/named-route.ts';
import { onAssigned } from '../capture/routes/route-found.ts';
import { type RawRequests, rawRequests } from '../middleware.ts';
import type { Options } from '../options/options.ts';
import { caught } from '../safety/guard.ts';

/** Middleware for Hono 4 on Node. */
export interface RawRequestsHono extends Pick<RawRequests, 'flush' | 'close' | 'stats'> {
  (context: HonoContext, next: () => Promise<void>): Promise<void>;
}

/**
 * Records every request of a Hono application as one point in InfluxDB, on Node with `@hono/node-server`. On other
 * runtimes it does nothing. Use it first, before all routes.
 *
 * Routes are full templates, with the base paths of the applications around them. Hono registers handlers of `all()`
 * like middleware; they count as routes only if they do not take `next`. Handlers of `mount()` count as middleware.
 *
 * @example
 * ```ts
 * const app = new Hono();
 * app.use(rawRequestsHono());
 * ```
 * @throws {ConfigError} when a setting is wrong; it does not throw when the database is down
 */
export function rawRequestsHono(options: Options = {}): RawRequestsHono {
  const record = rawRequests(options);
  const middleware = function rawRequestsHono(
    context: HonoContext,
    next: () => Promise<void>,
  ): Promise<void> {
    try {
      const { incoming, outgoing } = (context.env ?? {}) as {
        incoming?: IncomingMessage;
        outgoing?: ServerResponse;
      };
      const isNode = incoming !== undefined && outgoing !== undefined;
      if (isNode) record(incoming, outgoing);
      // On other runtimes, `raw-requests/fetch` observes the request.
      const message = isNode ? incoming : (messageOf(context.req.raw) as IncomingMessage | undefined);
      if (message !== undefined) {
        nameRoute(message, () => honoRoute(context));
        const keepContext = contextKeeper(message, outgoing);
        if (keepContext !== undefined) onAssigned(context.req, 'routeIndex', keepContext);
      }
    } catch (error) {
      caught('the middleware of a Hono application', error);
    }
    return next();
  };
  return Object.assign(middleware, { flush: record.flush, close: record.close, stats: record.stats });
}

export { rawRequestsHono as default };
