const ROUTER: unique symbol = Symbol.for('raw-requests.outermost-router') as never;

interface Routed {
  /** Set by Express. */
  readonly app?: unknown;
  [ROUTER]?: object;
}

/** Notes the first router of a request, unless Express handles it: routers of Express are found from its application. */
export function noteRouter(req: Routed, router: object): void {
  if (req.app === undefined && req[ROUTER] === undefined) req[ROUTER] = router;
}

/** The router that {@link noteRouter} has noted for a request. */
export function outermostRouter(req: Routed): object | undefined {
  return req[ROUTER];
}
