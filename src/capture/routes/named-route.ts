const ROUTE: unique symbol = Symbol.for('raw-requests.route') as never;

interface Routed {
  [ROUTE]?: string | (() => string | undefined);
}

/**
 * Sets the route of a request: its full template, or a function that returns it when the request has ended. Adapters
 * call this with Node's request object as soon as the framework has it. The last call wins.
 */
export function nameRoute(req: object, route: string | (() => string | undefined)): void {
  (req as Routed)[ROUTE] = route;
}

/** Whether an adapter has set the route of this request. */
export function isNamed(req: object): boolean {
  return (req as Routed)[ROUTE] !== undefined;
}

/** The route that an adapter has set; undefined if none did. Never throws. */
export function namedRoute(req: object): string | undefined {
  try {
    const route = (req as Routed)[ROUTE];
    return typeof route === 'function' ? route() : route;
  } catch {
    return undefined;
  }
}
