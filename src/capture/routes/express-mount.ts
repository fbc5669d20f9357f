import { firstMatch, join, type Layer, patternsOf } from './express-patterns.ts';
import { stackOf, treesAround } from './express-tree.ts';

/** The members of a request that are used here. */
interface ExpressRequest {
  readonly app?: object;
  readonly baseUrl?: unknown;
  readonly socket?: { readonly server?: { listeners?(event: string): readonly unknown[] } };
}

const MAX_DEPTH = 16;

/**
 * The template of the mount whose middleware answered a request, e.g. `/trpc` of `app.use('/trpc', handler)`. Express
 * keeps the mount's concrete path in `req.baseUrl` until the middleware passes the request on; the mount is searched
 * for in the routers of the application, since that path may hold parameters. Never throws.
 */
export function expressMount(req: object): string | undefined {
  try {
    const { app, baseUrl, socket } = req as ExpressRequest;
    if (typeof baseUrl !== 'string' || baseUrl === '' || app === undefined) return undefined;
    for (const { root } of treesAround(app, socket?.server?.listeners?.('request') ?? [])) {
      const template = mountIn(root, baseUrl, MAX_DEPTH);
      if (template !== undefined) return template;
    }
  } catch {
    // The objects are others', and may be of a version that is not known.
  }
  return undefined;
}

function mountIn(stack: readonly Layer[], path: string, depth: number): string | undefined {
  for (const layer of stack) {
    if (layer.route) continue;
    const hit = firstMatch(patternsOf(layer), path);
    if (!hit || typeof hit.template !== 'string') continue;
    const rest = path.slice(hit.taken.length);
    if (hit.taken !== '' && rest === '') return hit.template;
    const inner = stackOf(layer.handle);
    const template = inner && depth > 0 && rest !== '' ? mountIn(inner, rest, depth - 1) : undefined;
    if (template !== undefined) return join(hit.template, template);
  }
  return undefined;
}
