import { caught } from '../../safety/guard.ts';
import { pathOf } from '../node/path.ts';
import { join } from '../routes/express-patterns.ts';
import { namedRoute, nameRoute } from '../routes/named-route.ts';
import { onLoaded } from './loaded-modules.ts';
import { preload } from './preload.ts';

/** The members of a tinyhttp application that are used here. */
interface App {
  handler(req: TinyRequest, ...rest: unknown[]): unknown;
  /** The path at which it is mounted, with those of the applications around it. */
  path(): string;
  readonly middleware: readonly Entry[];
}

interface Entry {
  readonly type?: 'mw' | 'route';
  readonly method?: string;
  readonly path?: string;
  readonly regex?: { readonly pattern?: RegExp };
}

interface TinyRequest {
  readonly method?: string;
  readonly url?: string;
  readonly originalUrl?: string;
}

/**
 * Names the routes of tinyhttp applications, by wrapping `handler` of their prototype. It keeps no route on a request;
 * the first route of the innermost application that matches is the one that it runs.
 */
export function watchTinyhttp(packageName = '@tinyhttp/app'): void {
  onLoaded(packageName, (exports) => {
    const prototype = (exports as { readonly App?: { readonly prototype?: App } }).App?.prototype;
    const handler = prototype?.handler;
    if (prototype === undefined || typeof handler !== 'function') return;
    prototype.handler = function (req, ...rest) {
      try {
        nameTinyhttpRoute(this, req);
      } catch (error) {
        caught('the route of a tinyhttp request', error);
      }
      return handler.call(this, req, ...rest);
    };
  });
  preload(packageName);
}

function nameTinyhttpRoute(app: App, req: TinyRequest): void {
  const { method, originalUrl, url = '' } = req;
  const outer = namedRoute(req);
  const path = pathOf(originalUrl ?? url);
  nameRoute(req, () => routeIn(app, method, path) ?? outer);
}

function routeIn(app: App, method: string | undefined, path: string): string | undefined {
  const mount = app.path();
  const depth = mount.split('/').length - 1;
  const rest = `/${path
    .split('/')
    .slice(depth + 1)
    .join('/')}`;
  const isRoute = ({ type, method: own, regex }: Entry) =>
    type === 'route' &&
    (own === undefined || own === method || (own === 'GET' && method === 'HEAD')) &&
    regex?.pattern?.test(rest);
  const found = app.middleware.find(isRoute)?.path;
  return found === undefined ? undefined : join(mount, found) || '/';
}
