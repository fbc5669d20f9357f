import { caught } from '../../safety/guard.ts';

/**
 * Calls a function when a framework sets `req.route`, as Express, its router and restify do when they have found the
 * route. Middleware of the application has run by then, and its `AsyncLocalStorage` contexts are active.
 */
export function onRouteFound(req: object, run: () => void): void {
  if ('route' in req) return;
  Object.defineProperty(req, 'route', {
    configurable: true,
    enumerable: false,
    get: () => undefined,
    set(route: unknown) {
      try {
        const plain = { value: route, configurable: true, enumerable: true, writable: true };
        Object.defineProperty(this, 'route', plain);
        run();
      } catch (error) {
        caught('the route of a request', error);
      }
    },
  });
}
