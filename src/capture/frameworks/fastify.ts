import { subscribe } from 'node:diagnostics_channel';
import { caught, guarded } from '../../safety/guard.ts';
import { nameRoute } from '../routes/named-route.ts';

/** The members of a Fastify request in use here. */
export interface FastifyRequest {
  readonly raw: object;
  /** Fastify 4.10 and later. */
  readonly routeOptions?: { readonly url?: string | undefined };
  /** Fastify 4 before that. */
  readonly routerPath?: string | undefined;
}

export interface FastifyReply {
  readonly raw: object;
}

/** What Fastify keeps of a route. */
interface RouteContext {
  readonly config?: { readonly url?: string | undefined } | undefined;
}

export type Hook = (request: FastifyRequest, reply: FastifyReply, done: () => void) => void;

/** The member of a Fastify instance in use here. */
interface Hooked {
  addHook(name: 'onRequest', hook: Hook): unknown;
}

/** Instances that name their routes. Nested instances inherit it, as they do the hook. Shared by copies of this file. */
const NAMED = Symbol.for('raw-requests.fastify');
const CHANNEL = 'fastify.initialization';
const registry: { [NAMED]?: true } = globalThis as never;

/**
 * Tells the route template of each request that this Fastify instance handles, for who records it otherwise. To be
 * called before routes and other plugins are registered; more than once makes no difference.
 */
export function nameFastifyRoutes(instance: Hooked): void {
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
  const onCreated = (message: unknown) => nameFastifyRoutes((message as { fastify: Hooked }).fastify);
  subscribe(CHANNEL, guarded('the routes of a Fastify instance', onCreated));
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
        nameRoute(request.raw, template);
        if (key === undefined) key = keyOf(request, template);
      }
    } catch (error) {
      caught('the route of a Fastify request', error);
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
