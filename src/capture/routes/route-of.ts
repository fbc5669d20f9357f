import { UNMATCHED } from '../../record/series.ts';
import { builtRoute } from '../builds/built-route.ts';
import { carriedRoute } from '../carried/carried-route.ts';
import type { OpenRequest } from '../node/open-request.ts';
import { expressMount } from './express-mount.ts';
import { namedRoute } from './named-route.ts';
import { requestRoute } from './request-route.ts';
import { isFile, STATIC } from './static-file.ts';

/** The route from the option `route`, else from an adapter, else from `req.route`, else what else is known. */
export function routeOf(open: OpenRequest, fromOption: string | undefined): string {
  const { req } = open;
  const route: unknown = fromOption ?? namedRoute(req) ?? requestRoute(req);
  if (typeof route !== 'string' || route === '') return otherRoute(open);
  return fromOption === undefined && takesAll(route) ? (innerRoute(open) ?? route) : route;
}

/** What the framework has left on the request, else what its build has for the path. */
function innerRoute({ req, target }: OpenRequest): string | undefined {
  return carriedRoute(req) ?? builtRoute(target);
}

/** Else the mount whose middleware answered it, else whether it is a file; else `(unmatched)`. */
function otherRoute(open: OpenRequest): string {
  const route = innerRoute(open);
  // A route that takes every path would have taken that of a file, too.
  if (route !== undefined && !(takesAll(route) && isFile(open))) return route;
  return expressMount(open.req) ?? (isFile(open) ? STATIC : UNMATCHED);
}

/**
 * Whether a template ends in a wildcard: `*`, `/{*path}`, `/*path`, `/(.*)`, `/[...path]`. A framework that runs in such a
 * route, as Next.js in `app.all('*')` of Express, knows the route better.
 */
function takesAll(route: string): boolean {
  return (route.includes('*') || route.includes('[...')) && /(?:\*|\[\.\.\.)[^/]*$/.test(route);
}
