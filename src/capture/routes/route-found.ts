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

/**
 * Calls a function each time that a framework sets a property, as routers do for each handler that they call: the router of
 * Koa sets `routerPath` of the context, Hono `routeIndex` of its request.
 */
export function onAssigned(object: object, name: string, run: () => void): void {
  let value: unknown = (object as Record<string, unknown>)[name];
  Object.defineProperty(object, name, {
    configurable: true,
    enumerable: Object.hasOwn(object, name),
    get: () => value,
    set(assigned: unknown) {
      value = assigned;
      try {
        run();
      } catch (error) {
        caught('the route of a request', error);
      }
    },
  });
}
