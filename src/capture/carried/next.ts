import { pathOf } from '../node/path.ts';

const META: unique symbol = Symbol.for('NextInternalRequestMeta') as never;

/** The members of Next.js's own data of a request that are used here. Next.js 13.4 and later have them. */
interface Meta {
  readonly match?: { readonly definition?: { readonly pathname?: string } };
  /** The path that was looked up, with the base path and the locale. */
  readonly invokePath?: string;
  /** The path of a rewrite, without them. */
  readonly rewrittenPathname?: string;
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
  const { match, invokePath = '', rewrittenPathname } = meta;
  const pathname = match?.definition?.pathname;
  if (pathname === undefined) return invokePath.endsWith(IMAGE) ? invokePath : undefined;
  if (NONE.has(pathname)) return undefined;
  const base = before(invokePath, rewrittenPathname ?? pathOf(url));
  return pathname === '/' ? base || '/' : base + pathname;
}

/** What Next.js removed from the start of the path: the base path, which all requests share, and the locale. */
function before(invokePath: string, path: string): string {
  if (path === '/') return invokePath === '/' ? '' : invokePath;
  return invokePath.endsWith(path) ? invokePath.slice(0, -path.length) : '';
}
