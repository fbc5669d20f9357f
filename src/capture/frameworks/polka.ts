import { caught } from '../../safety/guard.ts';
import { join } from '../routes/express-patterns.ts';
import { nameRoute } from '../routes/named-route.ts';
import { onLoaded } from './loaded-modules.ts';

/** A Polka 0.5 application, with the router that it extends. */
interface Polka {
  handler(req: object, ...rest: unknown[]): unknown;
  find(method: string, path: string, ...rest: unknown[]): Found;
  /** By method, then by pattern. */
  readonly handlers: Readonly<Record<string, Readonly<Record<string, Handlers>>>>;
  /** Mounted applications, by the first segment of the path. */
  readonly apps: Readonly<Record<string, Polka>>;
}

type Handlers = readonly unknown[];
type Found = false | { readonly handlers: Handlers };

const patterns = new WeakMap<Handlers, string>();
/** By request: the mount path of the application that it has reached. */
const mounts = new WeakMap<object, string>();

/**
 * Names the routes of all Polka 0.5 applications. Polka finds the route before it runs any middleware, and does not
 * expose it. So `handler` and `find` are wrapped: the first gives the request, the second the route.
 */
export function watchPolka(packageName = 'polka'): void {
  onLoaded(packageName, (exports) => {
    const prototype: Polka = Object.getPrototypeOf((exports as () => Polka)());
    const { handler, find } = prototype;
    if (typeof handler !== 'function' || typeof find !== 'function') return;
    let searching: object | undefined;
    const wrapped = {
      handler(this: Polka, req: object, ...rest: unknown[]): unknown {
        searching = req;
        return handler.call(this, req, ...rest);
      },
      find(this: Polka, method: string, path: string, ...rest: unknown[]): Found {
        const req = searching;
        searching = undefined;
        const found = find.call(this, method, path, ...rest);
        try {
          if (req !== undefined) nameFound(this, req, found, path);
        } catch (error) {
          caught('the route of a Polka request', error);
        }
        return found;
      },
    };
    for (const [name, value] of Object.entries(wrapped)) {
      Object.defineProperty(prototype, name, {
        value,
        configurable: true,
        writable: true,
        enumerable: false,
      });
    }
  });
}

function nameFound(app: Polka, req: object, found: Found, path: string): void {
  const mount = mounts.get(req) ?? '';
  if (found) {
    const pattern = patternOf(app, found.handlers);
    if (pattern !== undefined) nameRoute(req, join(mount, pattern) || '/');
    return;
  }
  const end = path.indexOf('/', 1);
  const base = end > 1 ? path.slice(0, end) : path;
  if (app.apps[base] !== undefined) mounts.set(req, mount + base);
}

function patternOf({ handlers }: Polka, found: Handlers): string | undefined {
  let pattern = patterns.get(found);
  if (pattern !== undefined) return pattern;
  for (const [text, own] of Object.values(handlers).flatMap(Object.entries<Handlers>)) {
    if (own !== found) continue;
    pattern = text.startsWith('/') ? text : `/${text}`;
    patterns.set(found, pattern);
  }
  return pattern;
}
