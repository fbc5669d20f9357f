import { Exchange, type Fetched, fetchedOf, messageOf, setFetched } from '../capture/fetch/exchange.ts';
import { argsFor, hasOwnServer, lengthOf, nodeMessagesOf } from '../capture/fetch/runtime.ts';
import { type RawRequests, rawRequests } from '../middleware.ts';
import type { Options } from '../options/options.ts';
import { attempt } from '../safety/guard.ts';
import { recorders } from '../shared-recorder.ts';

type Tags = Record<string, string | number | boolean | undefined>;

/** Settings of {@link rawRequestsFetch}: those of `rawRequests()`, with functions that are given a `Request`. */
export interface FetchOptions extends Omit<Options, 'ignore' | 'route' | 'requestTags' | 'traceId'> {
  /** Paths whose requests are not recorded, or a function that returns true for requests to ignore. */
  ignore?: string[] | ((request: Request) => boolean) | undefined;
  /** Returns the route of a request: a template (`/items/:item`), never the path itself. */
  route?: ((request: Request) => string | undefined) | undefined;
  /** Returns additional tags of a request. Without a response, the request was aborted before there was one. */
  requestTags?: ((request: Request, response: Response | undefined) => Tags) | undefined;
  /** Returns the trace id of a request. */
  traceId?: ((request: Request) => string | undefined) | undefined;
}

/** A handler that makes a `Response` of a `Request`. It may be given more by its runtime. */
export type FetchHandler = (request: never, ...rest: never[]) => unknown;

/**
 * Wraps a `fetch` handler, and records every request that it is given as one point in InfluxDB: for `Bun.serve`,
 * `Deno.serve`, srvx, `@whatwg-node/server`, Hono and everything else that makes a `Response` of a `Request`.
 *
 * A request ends when the body of its response was read or cancelled, or when `request.signal` is aborted. Responses are
 * not changed. A handler that fails is recorded with the status 500, and fails as before. On Node, requests whose adapter
 * passes on Node's own messages are observed at the connection, as everywhere, and are one point with
 * `raw-requests/register` as well.
 *
 * @example
 * ```ts
 * Bun.serve({ fetch: rawRequestsFetch(handler) });
 * Deno.serve(rawRequestsFetch(handler));
 * ```
 * @throws {ConfigError} when a setting is wrong; it does not throw when the database is down
 */
export function rawRequestsFetch<Handler extends FetchHandler>(
  handler: Handler,
  options: FetchOptions = {},
): Handler & Pick<RawRequests, 'flush' | 'close' | 'stats'> {
  const record = rawRequests(withMessages(options));
  const wrapper = function rawRequestsFetch(this: unknown, ...args: unknown[]): unknown {
    const exchange = attempt('the start of a request', () => start(args, record));
    const answered = (response: unknown): unknown =>
      attempt('the response of a request', () => exchange?.answered(response)) ?? response;
    const failed = (error: unknown): never => {
      attempt('the failure of a handler', () => exchange?.failed());
      throw error;
    };
    let returned: unknown;
    try {
      returned = handler.apply(this, argsFor(handler, args) as never);
    } catch (error) {
      return failed(error);
    }
    return returned instanceof Promise ? returned.then(answered, failed) : answered(returned);
  };
  Object.defineProperty(wrapper, 'length', { value: lengthOf(handler) });
  const { flush, close, stats } = record;
  return Object.assign(wrapper, { flush, close, stats }) as unknown as ReturnType<
    typeof rawRequestsFetch<Handler>
  >;
}

/** Observes a request; undefined if it is observed already. */
function start(
  args: readonly unknown[],
  record: RawRequests,
): Pick<Exchange, 'answered' | 'failed'> | undefined {
  const request = args[0] as Request;
  const messages = nodeMessagesOf(request, args);
  if (messages !== undefined) {
    const [req, res] = messages;
    const fetched: Fetched = { request, response: undefined };
    setFetched(req, fetched);
    record(req, res);
    const answered = (response: unknown): unknown => {
      fetched.response = response as Response;
      return response;
    };
    return { answered, failed: () => {} };
  }
  // `register` observes the server that the request came from.
  const isObserved = !hasOwnServer && recorders().some(({ observesServers }) => observesServers);
  if (isObserved || messageOf(request) !== undefined) return undefined;
  return new Exchange(request, args, record);
}

/** Functions of the recorder are given messages of Node. These pass on what they stand for. */
function withMessages(options: FetchOptions): Options {
  const entries = Object.entries(options).map(([name, value]) => {
    if (typeof value !== 'function') return [name, value];
    const run = value as (request: Request, response: Response | undefined) => unknown;
    const passOn = (message: object) => {
      const fetched = fetchedOf(message);
      return fetched && run(fetched.request, fetched.response);
    };
    return [name, passOn];
  });
  return Object.fromEntries(entries);
}

export { rawRequestsFetch as default };
