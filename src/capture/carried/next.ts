import { pathOf } from '../node/path.ts';

const META: unique symbol = Symbol.for('NextInternalRequestMeta') as never;

/** The members of Next.js's own data of a request that are used here. Next.js 13.4 and later have them. */
interface Meta {
  readonly match?: { readonly definition?: { readonly pathname?: string } };
  /** The path that was looked up. */
  readonly invokePath?: string;
  /** The URL as the client sent it. */
  readonly initURL?: string;
}

interface NextRequest {
  readonly [META]?: Meta;
  /** Next.js removes base path and locale. */
  readonly url?: string;
}

/** What Next.js shows where no page matches. */
const NONE = new Set(['/_not-found', '/_not-found/page', '/404', '/_error']);
const IMAGE = '/_next/image';

/** Pages, API routes and route handlers, of `next start`, custom servers and `next dev`: `/shop/items/[id]`. */
export function nextJs(req: object): string | undefined {
  const { [META]: meta, url = '' } = req as NextRequest;
  if (meta === undefined) return undefined;
  const { match, invokePath = '', initURL = '' } = meta;
  const pathname = match?.definition?.pathname;
  if (pathname === undefined) return invokePath.endsWith(IMAGE) ? invokePath : undefined;
  if (NONE.has(pathname)) return undefined;
  const base = removed(pathOf(initURL), pathOf(url));
  return pathname === '/' ? base || '/' : base + pathname;
}

/** What Next.js removed from the start of the path: the base path, which all requests share, and the locale. */
function removed(path: string, rest: string): string {
  if (rest === '/') return path.replace(/\/$/, '');
  return path.endsWith(rest) ? path.slice(0, -rest.length) : '';
}
