import type { IncomingMessage, ServerResponse } from 'node:http';
import { type RawRequests, rawRequests } from '../../middleware.ts';
import type { Options } from '../../options/options.ts';
import { nameRoute } from '../routes/named-route.ts';

/** What is used of a Hapi request. */
export interface HapiRequest {
  readonly raw: { readonly req: IncomingMessage; readonly res: ServerResponse };
  readonly route: { readonly method: string; readonly path: string };
}

/** What is used of Hapi's response toolkit. */
export interface HapiToolkit {
  readonly continue: symbol;
}

/** What is used of a Hapi server. */
export interface HapiServer {
  readonly listener: {
    prependListener(event: 'request', listener: (req: IncomingMessage, res: ServerResponse) => void): unknown;
  };
  ext(event: 'onRequest', method: (request: HapiRequest, h: HapiToolkit) => symbol): void;
  expose(api: object): void;
}

/** A Hapi plugin; what it exposes is at `server.plugins['raw-requests']`. */
export interface RawRequestsHapi {
  readonly name: 'raw-requests';
  readonly multiple: true;
  register(server: HapiServer, options?: Options): void;
}

/** What the plugin exposes as `server.plugins['raw-requests']`. */
export type RawRequestsHapiApi = Pick<RawRequests, 'flush' | 'close' | 'stats'>;

/**
 * Records every request of a Hapi server as one point in InfluxDB. Register it first. Routes are the paths that Hapi
 * knows, with the prefixes of plugins.
 *
 * `server.plugins['raw-requests']` has `flush()`, `close()` and `stats()`. Registering it fails with a `ConfigError`
 * when a setting is wrong; a database that is down is no error.
 *
 * @example
 * ```ts
 * const server = Hapi.server({ port: 3000 });
 * await server.register({ plugin: rawRequestsHapi, options: { service: 'shop' } });
 * ```
 */
export const rawRequestsHapi: RawRequestsHapi = {
  name: 'raw-requests',
  multiple: true, // a request is recorded once all the same
  register(server, options = {}) {
    const record = rawRequests(options);
    // Under too much load Hapi answers before any extension; what is injected comes through the extension only.
    server.listener.prependListener('request', (req, res) => record(req, res));
    server.ext('onRequest', function rawRequestsHapi(request, h) {
      const { req, res } = request.raw;
      record(req, res);
      nameHapiRoute(request);
      return h.continue;
    });
    server.expose({ flush: record.flush, close: record.close, stats: record.stats });
  },
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
