import type { IncomingMessage, ServerResponse } from 'node:http';
import { aFunction } from '../kinds/code-only.ts';
import { onOff } from '../kinds/on-off.ts';
import { pathsOr } from '../kinds/paths.ts';
import { wholeNumber } from '../kinds/whole-number.ts';
import type { SettingsOf } from '../setting.ts';

/** The head of a request, before its body has arrived. */
export type RequestHead = Pick<IncomingMessage, 'method' | 'url' | 'headers'>;

type IgnoreFunction = (req: RequestHead) => boolean;

/** Which requests are recorded, and which of their properties. */
export interface RequestOptions {
  /**
   * Paths whose requests are not recorded, at most 1000: exact paths (`/healthz`), or prefixes that end in `*`
   * (`/assets/*`). In code it may also be a function that returns true for requests to ignore. It is called when a
   * request starts, possibly several times. If it throws, the request is recorded, and the error is counted in
   * `stats().hookErrors`.
   *
   * Environment: `RAW_REQUESTS_IGNORE`, as in `/healthz,/assets/*`.
   * @default []
   */
  ignore?: string[] | IgnoreFunction | undefined;

  /**
   * Returns the route of a request, in place of the framework's. Return a template (`/items/:item`), never the path
   * itself, since each distinct result is a series in the database. If it returns `undefined`, the framework's route is
   * used, else `(static)` or `(unmatched)`. It is called once for each request, as `requestTags` is.
   */
  route?: ((req: IncomingMessage) => string | undefined) | undefined;

  /**
   * Returns additional tags of a request. Return few tags with few distinct values, such as a tenant's plan. Of the
   * first 32 tags, at most 5 are written. Values are cut to 128 characters. Beyond 100 distinct sets, values become
   * `(other)`. If it throws, the request is recorded without the tags, and the error is counted in `stats().hookErrors`.
   *
   * It is called once for each request, when the request has ended, with any outcome. `AsyncLocalStorage.getStore()`
   * returns the store of the code that wrote the response head. If no head was written, it returns the store at the time
   * when Express or restify had found the route, before the handler of Fastify, else the store of the middleware. If the
   * context begins after the middleware, use the middleware once more after that: the last one counts.
   *
   * `req` and `res` are the objects that the application was given. Some requests have none, so they are created with
   * the known values. For upgrades and `CONNECT`, `res` has the `statusCode`. For HTTP/2 streams and for requests that
   * Node cannot parse, `req` is created as well, with `method`, `url`, `headers` and `socket`. Of a request that cannot
   * be parsed, at most the method is known.
   *
   * @default undefined; code only
   */
  requestTags?:
    | ((req: IncomingMessage, res: ServerResponse) => Record<string, string | number | boolean | undefined>)
    | undefined;

  /**
   * Returns the trace id of a request, 1 to 128 visible ASCII characters, for tracing other than OpenTelemetry. If it
   * returns `undefined`, that of the active span is used, else that in the request's headers. It is called once for each
   * request, as `requestTags` is. If it throws or returns anything else, the error is counted in `stats().hookErrors`.
   *
   * @default undefined; code only
   */
  traceId?: ((req: IncomingMessage) => string | undefined) | undefined;

  /**
   * How many distinct routes are recorded, 1 to 100000. Requests of further routes have the route `(other)`.
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
   * Whether the time that a request waited between a proxy and this process is recorded. It is read from the header
   * `X-Request-Start` or `X-Queue-Start`.
   *
   * Environment: `RAW_REQUESTS_QUEUE_TIME`, `on` or `off`.
   * @default true
   */
  queueTime?: boolean | undefined;
}

export const requestSettings: SettingsOf<
  RequestOptions,
  'route' | 'requestTags' | 'traceId',
  { ignore: readonly string[] | IgnoreFunction }
> = {
  ignore: { env: ['RAW_REQUESTS_IGNORE'], kind: pathsOr(), default: Object.freeze([]) },
  route: { env: [], kind: aFunction(), default: undefined },
  requestTags: { env: [], kind: aFunction(), default: undefined },
  traceId: { env: [], kind: aFunction(), default: undefined },
  maxRoutes: { env: ['RAW_REQUESTS_MAX_ROUTES'], kind: wholeNumber(1, 100_000), default: 1000 },
  path: { env: ['RAW_REQUESTS_PATH'], kind: onOff, default: false },
  queueTime: { env: ['RAW_REQUESTS_QUEUE_TIME'], kind: onOff, default: true },
};
