import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Hook, nameFastifyRoutes } from '../capture/frameworks/fastify.ts';
import { type RawRequests, rawRequests } from '../middleware.ts';
import { type Options, resolveOptions } from '../options/options.ts';
import { caught } from '../safety/guard.ts';

/** The members of a Fastify instance in use here, in Fastify 4 and 5. */
interface FastifyInstance {
  readonly server: object;
  addHook(name: 'onRequest', hook: Hook): unknown;
  addHook(name: 'onClose', hook: () => Promise<void>): unknown;
  hasDecorator(name: string): boolean;
  decorate(name: string, value: unknown): unknown;
}

interface Emitter {
  prependListener?(event: 'request', listener: RawRequests): unknown;
  off?(event: 'request', listener: RawRequests): unknown;
}

/** What a Fastify instance carries as `rawRequests` once {@link rawRequestsFastify} is registered. */
export type FastifyRawRequests = Pick<RawRequests, 'flush' | 'close' | 'stats'>;

/**
 * Fastify 4 and 5 plugin that records every HTTP request as one point in InfluxDB, with the template of its route.
 * Register it first, on the outermost instance: then it also sees requests that Fastify answers without running any
 * hook, and those that another plugin's hook answers carry their route.
 *
 * Settings are those of `rawRequests()`. The instance gets a `rawRequests` with `flush()`, `close()` and `stats()`;
 * its own `close()` also delivers what was recorded. Registered within a plugin, it records that plugin's routes.
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

  // Bad URLs, and requests that come while the instance closes, get an answer before any hook. A nested instance
  // inherits the server, but has only a part of its requests.
  const server: Emitter | undefined =
    isFirst && Object.hasOwn(instance, 'server') ? instance.server : undefined;
  server?.prependListener?.('request', record);
  // Injected requests pass no server, nor do those of a second address of `localhost`.
  instance.addHook('onRequest', function rawRequests(request, reply, done) {
    try {
      record(request.raw as IncomingMessage, reply.raw as ServerResponse);
    } catch (error) {
      caught('the hook of a Fastify instance', error);
    }
    done();
  });
  nameFastifyRoutes(instance);

  // Fastify runs this when its requests are over.
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
