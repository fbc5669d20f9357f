import type { IncomingMessage, ServerResponse } from 'node:http';
import { type RawRequests, rawRequests } from '../../middleware.ts';
import type { Options } from '../../options/options.ts';
import { isNamed, nameRoute } from '../routes/named-route.ts';

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

/** Middleware for Hono 4 on Node. */
export interface RawRequestsHono extends Pick<RawRequests, 'flush' | 'close' | 'stats'> {
  (context: HonoContext, next: () => Promise<void>): Promise<void>;
}

/** Where Hono keeps the handler that it wrapped for the error handler of a sub-application. */
const WRAPPED = '__COMPOSED_HANDLER';

/**
 * Records every request of a Hono application as one point in InfluxDB, on Node with `@hono/node-server`; on other
 * runtimes it does nothing. Use it first, before all routes.
 *
 * Routes are full templates, with the base paths of the applications around them. Hono does not tell a handler given
 * with `all()` from middleware: only one that does not take `next` counts as a route. What `mount()` adds counts as
 * middleware, too.
 *
 * @example
 * ```ts
 * const app = new Hono();
 * app.use(rawRequestsHono());
 * ```
 * @throws {ConfigError} when a setting is wrong; a database that is down is no error
 */
export function rawRequestsHono(options: Options = {}): RawRequestsHono {
  const record = rawRequests(options);
  const middleware = function rawRequestsHono(
    context: HonoContext,
    next: () => Promise<void>,
  ): Promise<void> {
    const { incoming, outgoing } = (context.env ?? {}) as {
      incoming?: IncomingMessage;
      outgoing?: ServerResponse;
    };
    if (incoming !== undefined && outgoing !== undefined) {
      record(incoming, outgoing);
      nameRoute(incoming, () => honoRoute(context));
    }
    return next();
  };
  return Object.assign(middleware, { flush: record.flush, close: record.close, stats: record.stats });
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
function honoRoute({ req }: HonoContext): string | undefined {
  const { matchedRoutes, routeIndex } = req;
  return matchedRoutes?.slice(routeIndex).find(isRoute)?.path;
}

/** `use()` and `all()` leave the same; Hono itself tells them apart by whether the function takes `next`. */
function isRoute({ method, handler }: HonoRoute): boolean {
  if (method !== 'ALL') return true;
  const inner = (handler as { [WRAPPED]?: HonoRoute['handler'] })[WRAPPED] ?? handler;
  return inner.length < 2;
}
