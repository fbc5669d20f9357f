import { UNMATCHED } from '../../record/series.ts';
import type { Request } from '../node/open-request.ts';
import { namedRoute } from './named-route.ts';
import { requestRoute } from './request-route.ts';

/** What the user says, else what an adapter or Express says. */
export function routeOf(req: Request, said: string | undefined): string {
  const route: unknown = said ?? namedRoute(req) ?? requestRoute(req);
  if (typeof route !== 'string' || route === '') return UNMATCHED;
  return route;
}
