import { feathers, loopback, mockoon, moleculer } from './api-servers.ts';
import { nextJs } from './next.ts';

/** Reads the full template that a framework has left on a request; undefined if it is none of this framework's. */
export type Reader = (req: object) => unknown;

const READERS: readonly Reader[] = [nextJs, feathers, moleculer, loopback, mockoon];

/**
 * The route of a request whose framework leaves it on the request object, where no adapter has named one. Each reader
 * reads a property or two, when the request has ended. No framework is changed, and none needs to be known beforehand.
 * Never throws.
 */
export function carriedRoute(req: object): string | undefined {
  for (const read of READERS) {
    try {
      const route = read(req);
      if (typeof route === 'string' && route !== '') return route;
    } catch {
      // A getter of other code.
    }
  }
  return undefined;
}
