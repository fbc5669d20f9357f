/** The members of a request that hold its target. */
export interface Targeted {
  readonly url?: string | undefined;
  /** Kept by routers that rewrite `url`. */
  readonly originalUrl?: string | undefined;
}

/** Scheme and authority of an absolute-form target (RFC 9112, section 3.2.2), as clients send it to proxies. */
const ORIGIN = /^[a-z][a-z0-9+.-]*:\/\/[^/?]*/i;

/** The target as the client sent it. Routers rewrite `url` but keep `originalUrl`. */
export function targetOf(req: Targeted): string {
  return req.originalUrl ?? req.url ?? '';
}

/** The path of a target, without origin and query: `/a` for `http://host/a?b=c`. */
export function pathOf(target: string): string {
  const query = target.indexOf('?');
  const path = query === -1 ? target : target.slice(0, query);
  if (path.startsWith('/') || !ORIGIN.test(path)) return path;
  return path.replace(ORIGIN, '') || '/';
}
