import type { IncomingMessage, ServerResponse } from 'node:http';
import { watchLoadedRouter } from './capture/frameworks/router.ts';
import type { HookOptions } from './capture/hooks/hooks.ts';
import { advise } from './log/advise.ts';
import { type Options, type ResolvedOptions, resolveOptions } from './options/options.ts';
import { NO_STATS, type Stats } from './record/ledger.ts';
import { attempt } from './safety/guard.ts';
import { recorders, sharedRecorder } from './shared-recorder.ts';

/**
 * Middleware for Express 4 and 5, Connect and any other framework that calls `(req, res, next)`. In a plain `node:http`
 * request listener, call it first, without `next`.
 */
export interface RawRequests {
  (req: IncomingMessage, res: ServerResponse, next?: (error?: unknown) => void): void;
  /**
   * Sends the recorded requests, without waiting for the flush interval. Resolves when they are delivered or given up,
   * or after `timeoutMs`. Never rejects.
   */
  flush(): Promise<void>;
  /**
   * Stops recording. Open requests are recorded as `unfinished`, then everything is delivered, for at most
   * `exitTimeoutMs`. Call it only if the process continues without recording: at the end of the process this happens
   * automatically. Never rejects.
   */
  close(): Promise<void>;
  /** The ledger of this recorder: the number of recorded requests, and their results. */
  stats(): Stats;
}

/**
 * Records every HTTP request that passes through it as one point in InfluxDB. Mount it before everything that answers
 * requests.
 *
 * Settings come from the options, else from the environment. Without a destination, nothing is recorded, and the log
 * says so once per process. With `RAW_REQUESTS=off`, the middleware does nothing. The option `prometheus` observes
 * requests without a destination. Several calls for the same destination share one recorder, also that of
 * `raw-requests/register`. A request that passes several of them is recorded once. What concerns single requests counts
 * for the requests that pass through: `route`, `requestTags`, `traceId`, `ignore`, `tags`, `service`, `path`,
 * `queueTime`, and `enabled: false`. The options of the first call also apply to the delivery, and to requests that
 * `raw-requests/register` observes and no middleware is given: upgrades, HTTP/2 streams, and requests that Node answers
 * by itself.
 *
 * @example
 * ```ts
 * const app = express();
 * app.use(rawRequests());
 * ```
 * @throws {ConfigError} when a setting is wrong; it does not throw when the database is down
 */
export function rawRequests(options: Options = {}): RawRequests {
  const resolved = resolveOptions(options);
  advise(options, resolved);
  if (!resolved.enabled) return passThrough(options.enabled === false);
  const share = sharedRecorder(resolved, resolved.destination);
  if (share === undefined) return passThrough(false);
  const { recorder, release } = share;
  attempt('the search for routers', watchLoadedRouter);
  const hooks = recorder.hooksFor(givenOf(options, resolved));
  const middleware = function rawRequests(
    req: IncomingMessage,
    res: ServerResponse,
    next?: (error?: unknown) => void,
  ): void {
    recorder.observe(req, res, hooks);
    next?.();
  };
  return Object.assign(middleware, {
    flush: () => recorder.flush(),
    close: release,
    stats: () => recorder.stats(),
  });
}

/** Of the options that concern single requests, those that were given in code. */
function givenOf(options: Options, resolved: ResolvedOptions): Partial<HookOptions> {
  const isGiven = (name: keyof Options): boolean => options[name] !== undefined;
  const names = (['ignore', 'route', 'requestTags', 'traceId', 'path', 'queueTime'] as const).filter(isGiven);
  const given = Object.fromEntries(names.map((name) => [name, resolved[name]]));
  return isGiven('tags') || isGiven('service') ? { ...given, tags: resolved.tags } : given;
}

/** @param isAsked what passes through is not to be recorded, although `register` may record the process */
function passThrough(isAsked: boolean): RawRequests {
  const middleware = function rawRequests(
    req: IncomingMessage,
    res: ServerResponse,
    next?: (error?: unknown) => void,
  ): void {
    if (isAsked) attempt('a request that is not recorded', () => ignore(req, res));
    next?.();
  };
  const ignore = (req: IncomingMessage, res: ServerResponse): void => {
    for (const recorder of recorders()) recorder.ignore(req, res);
  };
  return Object.assign(middleware, {
    flush: async () => {},
    close: async () => {},
    stats: () => NO_STATS,
  });
}
