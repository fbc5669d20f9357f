import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Hook, nameFastifyRoutes } from '../capture/frameworks/fastify.ts';
import { type RawRequests, rawRequests } from '../middleware.ts';
import { type Options, resolveOptions } from '../options/options.ts';
import { caught } from '../safety/guard.ts';

/** The members of a Fastify 4 or 5 instance that are used here. */
interface FastifyInstance {
  readonly server: object;
  addHook(name: 'onRequest' | 'preHandler', hook: Hook): unknown;
  addHook(name: 'onClose', hook: () => Promise<void>): unknown;
  hasDecorator(name: string): boolean;
  decorate(name: string, value: unknown): unknown;
}

interface Emitter {
  prependListener?(event: 'request', listener: RawRequests): unknown;
  off?(event: 'request', listener: RawRequests): unknown;
}

/** The decorator `rawRequests` of a Fastify instance on which {@link rawRequestsFastify} is registered. */
export type FastifyRawRequests = Pick<RawRequests, 'flush' | 'close' | 'stats'>;

/**
 * A plugin for Fastify 4 and 5 that records every HTTP request as one point in InfluxDB, with its route template.
 * Register it first, on the root instance. Then it also records requests that Fastify answers without running hooks,
 * and requests that hooks of other plugins answer have a route.
 *
 * Settings are those of `rawRequests()`. The instance gets a decorator `rawRequests` with `flush()`, `close()` and
 * `stats()`. Closing the instance also delivers everything that was recorded. If it is registered within a plugin, it
 * records the routes of that plugin only.
 *
 * @example
 * ```ts
 * const app = fastify();
 * app.register(rawRequestsFastify);
 * ```
 * @throws {ConfigError} from `await app.register()`, `ready()` or `listen()`, when a setting is wrong
 */
export async function rawRequestsFastify(instance: FastifyInstance, options: Options): Promise<void> {
  const record = rawRequests(options);
  const isFirst = !instance.hasDecorator('rawRequests');
  if (isFirst) {
    const { flush, close, stats } = record;
    instance.decorate('rawRequests', { flush, close, stats } satisfies FastifyRawRequests);
  }
  if (!resolveOptions(options).enabled) return;

  // Fastify answers malformed URLs, and requests during its close, before any hook: the server's `request` event shows
  // them. A nested instance inherits the server, but handles only a part of its requests.
  const server: Emitter | undefined =
    isFirst && Object.hasOwn(instance, 'server') ? instance.server : undefined;
  server?.prependListener?.('request', record);
  // Injected requests pass no server, and Fastify has a second server for the other address of `localhost`.
  const observe: Hook = function rawRequests(request, reply, done) {
    try {
      record(request.raw as IncomingMessage, reply.raw as ServerResponse);
    } catch (error) {
      caught('the hook of a Fastify instance', error);
    }
    done();
  };
  instance.addHook('onRequest', observe);
  // Other plugins begin `AsyncLocalStorage` contexts after that. Functions are called in the context of the last call.
  const { route, requestTags, traceId } = options;
  if ((route ?? requestTags ?? traceId) !== undefined) instance.addHook('preHandler', observe);
  nameFastifyRoutes(instance);

  // Fastify runs `onClose` hooks when its open requests have ended.
  instance.addHook('onClose', async () => {
    try {
      server?.off?.('request', record);
      await record.close();
    } catch (error) {
      caught('the end of a Fastify instance', error);
    }
  });
}

Object.assign(rawRequestsFastify, {
  [Symbol.for('skip-override')]: true,
  [Symbol.for('fastify.display-name')]: 'raw-requests',
});

export { rawRequestsFastify as default };
