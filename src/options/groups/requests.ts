import type { IncomingMessage, ServerResponse } from 'node:http';
import { aFunction } from '../kinds/code-only.ts';
import { onOff } from '../kinds/on-off.ts';
import { pathsOr } from '../kinds/paths.ts';
import { wholeNumber } from '../kinds/whole-number.ts';
import type { SettingsOf } from '../setting.ts';

/** A request as it starts: what its client has sent before the body. */
export type RequestHead = Pick<IncomingMessage, 'method' | 'url' | 'headers'>;

type IgnoreFunction = (req: RequestHead) => boolean;

/** Which requests are recorded, and what of each. */
export interface RequestOptions {
  /**
   * Paths whose requests are not recorded, at most 1000: each an exact path (`/healthz`), or a prefix that ends in `*`
   * (`/assets/*`). In code also a function that says so of a request, when it starts; it may be asked several times,
   * and one that throws costs nothing but a count in `stats().hookErrors`: the request is recorded.
   *
   * Environment: `RAW_REQUESTS_IGNORE`, as in `/healthz,/assets/*`.
   * @default []
   */
  ignore?: string[] | IgnoreFunction | undefined;

  /**
   * Names the route of a request where no framework does. Return a template (`/items/:item`), never the path itself:
   * each different result is a series in the database. `undefined` means that the request matches no route.
   */
  route?: ((req: IncomingMessage) => string | undefined) | undefined;

  /**
   * Gives single requests tags of their own, once they are over: a few, from bounded sets, such as a tenant's plan.
   * At most 5 of the first 32, of which values beyond 128 characters are cut; more than 100 distinct sets become
   * `(other)`.
   * Requests without a response object (upgrades, HTTP/2 streams) have none. A function that throws costs nothing but
   * a count in `stats().hookErrors`.
   *
   * @default undefined; code only
   */
  requestTags?:
    | ((req: IncomingMessage, res: ServerResponse) => Record<string, string | number | boolean | undefined>)
    | undefined;

  /**
   * How many different routes are told apart, 1 to 100000. Requests of any further one have the route `(other)`.
   *
   * Environment: `RAW_REQUESTS_MAX_ROUTES`.
   * @default 1000
   */
  maxRoutes?: number | undefined;

  /**
   * Whether the path of each request is recorded, without its query. Paths can hold personal data.
   *
   * Environment: `RAW_REQUESTS_PATH`, `on` or `off`.
   * @default false
   */
  path?: boolean | undefined;

  /**
   * Whether the time between a proxy and this process is recorded, from `X-Request-Start` or `X-Queue-Start`.
   *
   * Environment: `RAW_REQUESTS_QUEUE_TIME`, `on` or `off`.
   * @default true
   */
  queueTime?: boolean | undefined;
}

export const requestSettings: SettingsOf<
  RequestOptions,
  'route' | 'requestTags',
  { ignore: readonly string[] | IgnoreFunction }
> = {
  ignore: { env: ['RAW_REQUESTS_IGNORE'], kind: pathsOr(), default: Object.freeze([]) },
  route: { env: [], kind: aFunction(), default: undefined },
  requestTags: { env: [], kind: aFunction(), default: undefined },
  maxRoutes: { env: ['RAW_REQUESTS_MAX_ROUTES'], kind: wholeNumber(1, 100_000), default: 1000 },
  path: { env: ['RAW_REQUESTS_PATH'], kind: onOff, default: false },
  queueTime: { env: ['RAW_REQUESTS_QUEUE_TIME'], kind: onOff, default: true },
};
