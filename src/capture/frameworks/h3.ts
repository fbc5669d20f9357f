import { caught } from '../../safety/guard.ts';
import { nameRoute } from '../routes/named-route.ts';
import { onLoaded } from './loaded-modules.ts';
import { preload } from './preload.ts';

/** The members of an event of h3 2 that are used here. */
interface Event {
  readonly req: { readonly runtime?: { readonly node?: { readonly req?: object } } };
}

interface Found {
  readonly data?: { readonly route?: string };
}

interface H3 {
  '~findRoute'?: (event: Event) => Found | undefined;
}

/** Names the routes of h3 2, by wrapping `~findRoute` of its prototype. */
export function watchH3(packageName = 'h3'): void {
  onLoaded(packageName, (exports) => {
    const prototype = (exports as { readonly H3?: { readonly prototype?: H3 } }).H3?.prototype;
    const findRoute = prototype?.['~findRoute'];
    if (prototype === undefined || findRoute === undefined) return;
    prototype['~findRoute'] = function (event) {
      const found = findRoute.call(this, event);
      try {
        const req = event.req.runtime?.node?.req;
        const route = found?.data?.route;
        if (req !== undefined && route !== undefined) nameRoute(req, route || '/');
      } catch (error) {
        caught('the route of a request of h3', error);
      }
      return found;
    };
  });
  preload(packageName, 2);
}
