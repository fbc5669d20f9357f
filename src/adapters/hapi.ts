import { type HapiServer, nameHapiRoute } from '../capture/frameworks/hapi.ts';
import { type RawRequests, rawRequests } from '../middleware.ts';
import type { Options } from '../options/options.ts';
import { caught } from '../safety/guard.ts';

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
    server.listener.prependListener('request', record);
    server.ext('onRequest', function rawRequestsHapi(request, h) {
      try {
        const { req, res } = request.raw;
        record(req, res);
        nameHapiRoute(request);
      } catch (error) {
        caught('the extension of a Hapi server', error);
      }
      return h.continue;
    });
    server.expose({ flush: record.flush, close: record.close, stats: record.stats });
  },
};

// A package's `plugin` is what Hapi registers: `server.register(require('raw-requests/hapi'))`.
export { rawRequestsHapi as default, rawRequestsHapi as plugin };
