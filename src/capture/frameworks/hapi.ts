import type { IncomingMessage, ServerResponse } from 'node:http';
import { attempt, caught } from '../../safety/guard.ts';
import { nameRoute } from '../routes/named-route.ts';
import { onLoaded } from './loaded-modules.ts';

/** What is used of a Hapi request. */
export interface HapiRequest {
  readonly raw: { readonly req: IncomingMessage; readonly res: ServerResponse };
  readonly route: { readonly method: string; readonly path: string };
}

/** What is used of Hapi's response toolkit. */
export interface HapiToolkit {
  readonly continue: symbol;
}

type OnRequest = (request: HapiRequest, h: HapiToolkit) => symbol;

/** What is used of a Hapi server. */
export interface HapiServer {
  readonly listener: {
    prependListener(event: 'request', listener: (req: IncomingMessage, res: ServerResponse) => void): unknown;
  };
  ext(event: 'onRequest', method: OnRequest): void;
  expose(api: object): void;
}

/**
 * Lets every request of servers that Hapi makes from now on tell its route; not of those made through a named import
 * (`import { server }`) that was there before, because such a name cannot be given another value.
 */
export function watchHapi(packageName = '@hapi/hapi'): void {
  onLoaded(packageName, (exports) => {
    const hapi = exports as { server?: unknown; Server?: unknown };
    const { server } = hapi;
    if (typeof server !== 'function' || hapi.Server !== server) return;
    const naming = (made: HapiServer) => {
      attempt('the routes of a Hapi server', () => made.ext('onRequest', nameIt));
      return made;
    };
    const wrapped = new Proxy(server, {
      apply: (target, self, args) => naming(Reflect.apply(target, self, args)),
      construct: (target, args, newTarget) => naming(Reflect.construct(target, args, newTarget)),
    });
    hapi.server = wrapped;
    hapi.Server = wrapped;
  });
}

const nameIt: OnRequest = (request, h) => {
  try {
    nameHapiRoute(request);
  } catch (error) {
    caught('the route of a Hapi request', error);
  }
  return h.continue;
};

/**
 * Tells the route of a request, once that is over: it is not looked up before `onRequest` has passed.
 * @internal
 */
export function nameHapiRoute(request: HapiRequest): void {
  nameRoute(request.raw.req, () => {
    const { method, path } = request.route;
    // Hapi's own routes, that answer what no other does: 404, malformed paths, CORS preflights.
    return method === '_special' ? undefined : path;
  });
}
