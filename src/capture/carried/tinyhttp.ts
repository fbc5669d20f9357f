import { pathOf } from '../node/path.ts';
import { join } from '../routes/express-patterns.ts';

/** A tinyhttp application; the outermost is on each request. */
interface App {
  readonly middleware?: readonly Entry[];
  readonly settings?: object;
  readonly mountpath?: string;
  readonly parent?: App;
}

interface Entry {
  readonly type?: 'mw' | 'route';
  readonly method?: string;
  readonly path?: string;
  readonly regex?: { readonly pattern?: RegExp };
}

interface TinyRequest {
  readonly app?: App;
  readonly method?: string;
  readonly originalUrl?: string;
  readonly url?: string;
}

/** tinyhttp keeps no route on the request, but the application: its first route that matches is the one it ran. */
export function tinyhttp(req: object): string | undefined {
  const { app, method = '', originalUrl, url } = req as TinyRequest;
  // An Express application is a function.
  if (typeof app !== 'object' || app === null || !Array.isArray(app.middleware)) return undefined;
  const mount = mountOf(app);
  const path = pathOf(originalUrl ?? url ?? '');
  const rest = path.startsWith(mount) ? path.slice(mount.length) || '/' : path;
  const isMatch = ({ type, method: own, regex }: Entry) =>
    type === 'route' &&
    (own === undefined || own === method || (own === 'GET' && method === 'HEAD')) &&
    regex?.pattern?.test(rest);
  const found = app.middleware.find(isMatch)?.path;
  return typeof found === 'string' ? join(mount, found) || '/' : undefined;
}

function mountOf(app: App): string {
  let mount = '';
  for (let at: App | undefined = app, depth = 0; at !== undefined && depth < 32; at = at.parent, depth++) {
    if (typeof at.mountpath === 'string' && at.mountpath !== '/') mount = at.mountpath + mount;
  }
  return mount;
}
