import type { Request } from './open-request.ts';

/** The path as the client sent it, without the query. Routers rewrite `url` but keep `originalUrl`. */
export function pathOf(req: Pick<Request, 'url' | 'originalUrl'>): string {
  const url = req.originalUrl ?? req.url ?? '';
  const query = url.indexOf('?');
  return query === -1 ? url : url.slice(0, query);
}
