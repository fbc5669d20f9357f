import { type HapiServer, nameHapiRoute } from '../capture/frameworks/hapi.ts';
import { contextKeeper } from '../capture/hooks/writer-context.ts';
import { type RawRequests, rawRequests } from '../middleware.ts';
import type { Options } from '../options/options.ts';
import { caught } from '../safety/guard.ts';

/** A Hapi plugin. It exposes {@link RawRequestsHapiApi} as `server.plugins['raw-requests']`. */
export interface RawRequestsHapi {
  readonly name: 'raw-requests';
  readonly multiple: true;
  register(server: HapiServer, options?: Options): void;
}

/** The functions that the plugin exposes as `server.plugins['raw-requests']`. */
export type RawRequestsHapiApi = Pick<RawRequests, 'flush' | 'close' | 'stats'>;

/**
 * Records every request of a Hapi server as one point in InfluxDB. Register it first. Routes are the paths of Hapi's
 * routes, with the prefixes of plugins.
 *
 * `server.plugins['raw-requests']` has `flush()`, `close()` and `stats()`. Registration fails with a `ConfigError` when
 * a setting is wrong. It does not fail when the database is down.
 *
 * @example
 * ```ts
 * const server = Hapi.server({ port: 3000 });
 * await server.register({ plugin: rawRequestsHapi, options: { service: 'shop' } });
 * ```
 */
export const rawRequestsHapi: RawRequestsHapi = {
  name: 'raw-requests',
  multiple: true, // it may be registered several times: each request is still recorded once
  register(server, options = {}) {
    const record = rawRequests(options);
    // When overloaded, Hapi answers before any extension runs. Injected requests only reach the extension.
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
    // The context of an application begins in its own extensions, or when it knows who the user is.
    const { route, requestTags, traceId } = options;
    if ((route ?? requestTags ?? traceId) !== undefined)
      server.ext('onPreHandler', function rawRequestsHapi({ raw }, h) {
        try {
          contextKeeper(raw.req, raw.res)?.();
        } catch (error) {
          caught('the extension of a Hapi server', error);
        }
        return h.continue;
      });
    server.expose({ flush: record.flush, close: record.close, stats: record.stats });
  },
};

// Hapi registers the export `plugin` of a module: `server.register(require('raw-requests/hapi'))`.
export { rawRequestsHapi as default, rawRequestsHapi as plugin };
