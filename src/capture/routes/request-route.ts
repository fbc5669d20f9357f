import { expressRoute } from './express-routes.ts';

/** What restify puts on a request as `req.route`. */
interface RestifyRoute {
  readonly path?: unknown;
  /** The handlers, with which restify's routes are told from what others put there: that can be a concrete path. */
  readonly chain?: { readonly run?: unknown };
}

/** The full template of the route that a framework left on the request itself, as `req.route`. Never throws. */
export function requestRoute(req: object): string | undefined {
  try {
    const { route } = req as { route?: RestifyRoute | null };
    if (route === undefined || route === null) return undefined;
    return withoutMark(expressRoute(req)) ?? restifyRoute(route);
  } catch {
    return undefined;
  }
}

function restifyRoute({ path, chain }: RestifyRoute): string | undefined {
  return typeof path === 'string' && typeof chain?.run === 'function' ? path : undefined;
}

/** express-ws gives each route of WebSockets one segment more, by which it tells them from the others. */
const MARK = '/.websocket';

function withoutMark(route: string | undefined): string | undefined {
  return route?.endsWith(MARK) ? route.slice(0, -MARK.length) || '/' : route;
}
