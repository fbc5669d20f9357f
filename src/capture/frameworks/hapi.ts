import type { IncomingMessage, ServerResponse } from 'node:http';
import { attempt, caught } from '../../safety/guard.ts';
import { nameRoute } from '../routes/named-route.ts';
import { onLoaded } from './loaded-modules.ts';

/** The members of a Hapi request that are used here. */
export interface HapiRequest {
  readonly raw: { readonly req: IncomingMessage; readonly res: ServerResponse };
  readonly route: { readonly method: string; readonly path: string };
}

/** The member of Hapi's response toolkit that is used here. */
export interface HapiToolkit {
  readonly continue: symbol;
}

type OnRequest = (request: HapiRequest, h: HapiToolkit) => symbol;

/** The members of a Hapi server that are used here. */
export interface HapiServer {
  readonly listener: {
    prependListener(event: 'request', listener: (req: IncomingMessage, res: ServerResponse) => void): unknown;
  };
  ext(event: 'onRequest' | 'onPreHandler', method: OnRequest): void;
  expose(api: object): void;
}

/**
 * Names the routes of all Hapi servers that are created from now on. Servers created through a named ES import
 * (`import { server }`) that was loaded before are not included, because such a binding cannot be replaced.
 */
export function watchHapi(packageName = '@hapi/hapi'): void {
  onLoaded(packageName, (exports) => {
    const hapi = exports as { server?: unknown; Server?: unknown };
    const { server } = hapi;
    if (typeof server !== 'function' || hapi.Server !== server) return;
    const withExtension = (created: HapiServer) => {
      attempt('the routes of a Hapi server', () => created.ext('onRequest', onRequest));
      return created;
    };
    const wrapped = new Proxy(server, {
      apply: (target, self, args) => withExtension(Reflect.apply(target, self, args)),
      construct: (target, args, newTarget) => withExtension(Reflect.construct(target, args, newTarget)),
    });
    hapi.server = wrapped;
    hapi.Server = wrapped;
  });
}

const onRequest: OnRequest = (request, h) => {
  try {
    nameHapiRoute(request);
  } catch (error) {
    caught('the route of a Hapi request', error);
  }
  return h.continue;
};

/**
 * Names the route of a request. The route is read when the request has ended, because Hapi looks it up after
 * `onRequest`.
 * @internal
 */
export function nameHapiRoute(request: HapiRequest): void {
  nameRoute(request.raw.req, () => {
    const { method, path } = request.route;
    // Hapi's internal routes, for 404, malformed paths and CORS preflights.
    return method === '_special' ? undefined : path;
  });
}
