import { UNMATCHED } from '../../record/series.ts';
import type { Request } from '../node/open-request.ts';
import { namedRoute } from './named-route.ts';
import { requestRoute } from './request-route.ts';

/** The route from the option `route`, else from an adapter, else from `req.route`; else `(unmatched)`. */
export function routeOf(req: Request, fromOption: string | undefined): string {
  const route: unknown = fromOption ?? namedRoute(req) ?? requestRoute(req);
  if (typeof route !== 'string' || route === '') return UNMATCHED;
  return route;
}
