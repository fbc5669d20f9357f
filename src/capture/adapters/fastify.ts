import { subscribe } from 'node:diagnostics_channel';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type RawRequests, rawRequests } from '../../middleware.ts';
import { type Options, resolveOptions } from '../../options/options.ts';
import { nameRoute } from '../routes/named-route.ts';

/** The members of a Fastify request in use here. */
interface FastifyRequest {
  readonly raw: object;
  /** Fastify 4.10 and later. */
  readonly routeOptions?: { readonly url?: string | undefined };
  /** Fastify 4 before that. */
  readonly routerPath?: string | undefined;
}

interface FastifyReply {
  readonly raw: object;
}

/** What Fastify keeps of a route. */
interface RouteContext {
  readonly config?: { readonly url?: string | undefined } | undefined;
}

type Hook = (request: FastifyRequest, reply: FastifyReply, done: () => void) => void;

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

/** Instances that name their routes. Nested instances inherit it, as they do the hook. Shared by copies of this file. */
const NAMED = Symbol.for('raw-requests.fastify');
const CHANNEL = 'fastify.initialization';
const registry: { [NAMED]?: true } = globalThis as never;

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
    record(request.raw as IncomingMessage, reply.raw as ServerResponse);
    done();
  });
  nameFastifyRoutes(instance);

  // Fastify runs this when its requests are over.
  instance.addHook('onClose', async () => {
    server?.off?.('request', record);
    await record.close();
  });
}

Object.assign(rawRequestsFastify, {
  [Symbol.for('skip-override')]: true,
  [Symbol.for('fastify.display-name')]: 'raw-requests',
});

/**
 * Tells the route template of each request that this Fastify instance handles, for who records it otherwise. To be
 * called before routes and other plugins are registered; more than once makes no difference.
 */
export function nameFastifyRoutes(instance: Pick<FastifyInstance, 'addHook'>): void {
  const named = instance as { [NAMED]?: true };
  if (named[NAMED]) return;
  instance.addHook('onRequest', namingHook());
  named[NAMED] = true;
}

/**
 * Names the routes of all Fastify instances that are made from now on, without any code in the application. Never
 * throws; to be called once or more.
 */
export function watchFastify(): void {
  if (registry[NAMED]) return;
  registry[NAMED] = true;
  subscribe(CHANNEL, (message) => {
    try {
      nameFastifyRoutes((message as { fastify: FastifyInstance }).fastify);
    } catch {
      // What a subscriber throws ends the process, and this is no reason to.
    }
  });
}

/**
 * A hook that names the route of a request. It runs before all hooks of the application, so that an early answer has
 * its route as well.
 *
 * `request.routeOptions` is built by each read: 0.2 us in Fastify 5, 3.5 us in Fastify 4. What it is built from is a
 * property of the request under a symbol that only Fastify has, so this is looked for once, in a request whose
 * template is known, and read from then on (2 ns). Where it is not found, `routeOptions` is read each time.
 */
function namingHook(): Hook {
  let key: symbol | null | undefined;
  return function nameFastifyRoute(request, _reply, done) {
    try {
      const context = key ? contextAt(request, key) : undefined;
      const template = context === undefined ? templateOf(request) : context.config?.url;
      if (template !== undefined) {
        nameRoute(request.raw as IncomingMessage, template);
        if (key === undefined) key = keyOf(request, template);
      }
    } catch {
      // Unnamed, then.
    }
    done();
  };
}

/** The documented way; `routerPath` is deprecated where there are `routeOptions`. */
function templateOf(request: FastifyRequest): string | undefined {
  const { routeOptions } = request;
  return routeOptions === undefined ? request.routerPath : routeOptions.url;
}

function contextAt(request: FastifyRequest, key: symbol): RouteContext | undefined {
  return (request as unknown as { readonly [key: symbol]: RouteContext | undefined })[key];
}

function keyOf(request: FastifyRequest, template: string): symbol | null {
  const keys = Object.getOwnPropertySymbols(request);
  return keys.find((key) => contextAt(request, key)?.config?.url === template) ?? null;
}
