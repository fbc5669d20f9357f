import { expressRoute } from './express-routes.ts';

/** restify's `req.route`. */
interface RestifyRoute {
  readonly path?: unknown;
  /** The handlers. They distinguish a route of restify from other values of `req.route`, such as concrete paths. */
  readonly chain?: { readonly run?: unknown };
}

/** The full template of a route that a framework has set as `req.route`. Never throws. */
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

/** The segment that express-ws adds to WebSocket routes, to distinguish them from other routes. */
const MARK = '/.websocket';

function withoutMark(route: string | undefined): string | undefined {
  return route?.endsWith(MARK) ? route.slice(0, -MARK.length) || '/' : route;
}
