const LOOPBACK: unique symbol = Symbol.for('loopback.middleware.context') as never;

/** What each of these leaves on a request. */
interface Carrying {
  /** Moleculer-web */
  readonly $alias?: { readonly fullPath?: string };
  /** Mockoon */
  readonly effectiveRoute?: unknown;
  /** LoopBack 4 */
  readonly [LOOPBACK]?: { getSync(key: string): unknown };
  /** Feathers, on Express */
  readonly lookup?: FeathersLookup;
  readonly app?: FeathersApp;
}

export interface FeathersLookup {
  readonly service?: object;
  readonly params?: { readonly __id?: unknown };
}

export interface FeathersApp {
  readonly services?: Readonly<Record<string, object>>;
}

/** The alias of an action, with the path of its gateway route. */
export function moleculer(req: object): unknown {
  return (req as Carrying).$alias?.fullPath;
}

export function mockoon(req: object): unknown {
  return (req as Carrying).effectiveRoute;
}

/** The path of an operation, after the base path: `/items/{id}`. */
export function loopback(req: object): string | undefined {
  const context = (req as Carrying)[LOOPBACK];
  if (context === undefined) return undefined;
  const route = context.getSync('rest.operation.route') as { readonly path: string };
  // This one is made of the request where no operation matches, with its concrete path.
  if ('_externalRouter' in route) return undefined;
  return (context.getSync('rest.basePath') as string) + route.path;
}

export function feathers(req: object): unknown {
  const { lookup, app } = req as Carrying;
  return lookup && app && feathersRoute(app, lookup);
}

const paths = new WeakMap<object, string>();

/** A service knows neither its path nor its application, which has it under its path. */
export function feathersRoute({ services = {} }: FeathersApp, lookup: FeathersLookup): string | undefined {
  const { service, params } = lookup;
  if (service === undefined) return undefined;
  let path = paths.get(service);
  if (path === undefined) {
    path = Object.keys(services).find((key) => services[key] === service);
    if (path === undefined) return undefined;
    paths.set(service, path);
  }
  return `/${path}${params?.__id === undefined ? '' : '/:id'}`;
}
