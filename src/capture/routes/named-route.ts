const ROUTE: unique symbol = Symbol.for('raw-requests.route') as never;

interface Routed {
  [ROUTE]?: string | (() => string | undefined);
}

/**
 * Tells which route a request takes: its full template, or a function that knows it once the request is over.
 * Adapters call this with Node's own request object as soon as their framework has it; the latest counts.
 */
export function nameRoute(req: object, route: string | (() => string | undefined)): void {
  (req as Routed)[ROUTE] = route;
}

/** Whether an adapter has told anything of this request. */
export function isNamed(req: object): boolean {
  return (req as Routed)[ROUTE] !== undefined;
}

/** What an adapter said, if one did. Never throws. */
export function namedRoute(req: object): string | undefined {
  try {
    const route = (req as Routed)[ROUTE];
    return typeof route === 'function' ? route() : route;
  } catch {
    return undefined;
  }
}
