import type { IncomingMessage, ServerResponse } from 'node:http';
import { advise } from './advise.ts';
import { type Options, resolveOptions } from './options/options.ts';
import { NO_STATS, type Stats } from './record/ledger.ts';
import { sharedRecorder } from './shared-recorder.ts';

/**
 * Middleware for Express 4 and 5, Connect and whatever else calls `(req, res, next)`; without `next`, the first line
 * of a plain `node:http` request listener.
 */
export interface RawRequests {
  (req: IncomingMessage, res: ServerResponse, next?: (error?: unknown) => void): void;
  /**
   * Sends what was recorded so far without waiting for the interval. Resolves when the database has it, or after
   * `timeoutMs`. Never rejects.
   */
  flush(): Promise<void>;
  /**
   * Stops recording: requests still open are recorded as `unfinished`, and everything is delivered as far as possible
   * within `exitTimeoutMs`. Only needed when the process lives on: at its end this happens by itself. Never rejects.
   */
  close(): Promise<void>;
  /** What became of all requests recorded by this process. */
  stats(): Stats;
}

/**
 * Records every HTTP request that passes through as one point in InfluxDB. Mount it first, so that nothing that
 * answers requests comes before it.
 *
 * Settings come from the options, else from the environment. Without a destination it records nothing, and the log says
 * so once per process; with `RAW_REQUESTS=off` it does nothing at all. But see the option `prometheus`. Several calls
 * for the same destination share one recorder, with the settings of the first, and a request that passes several of
 * them is recorded once.
 *
 * @example
 * ```ts
 * const app = express();
 * app.use(rawRequests());
 * ```
 * @throws {ConfigError} when a setting is wrong; a database that is down is no error
 */
export function rawRequests(options: Options = {}): RawRequests {
  const resolved = resolveOptions(options);
  advise(options, resolved);
  if (!resolved.enabled) return passThrough();
  const share = sharedRecorder(resolved, resolved.destination);
  if (share === undefined) return passThrough();
  const { recorder, release } = share;
  const middleware = function rawRequests(
    req: IncomingMessage,
    res: ServerResponse,
    next?: (error?: unknown) => void,
  ): void {
    recorder.observe(req, res);
    next?.();
  };
  return Object.assign(middleware, {
    flush: () => recorder.flush(),
    close: release,
    stats: () => recorder.stats(),
  });
}

function passThrough(): RawRequests {
  const middleware = function rawRequests(
    _req: unknown,
    _res: unknown,
    next?: (error?: unknown) => void,
  ): void {
    next?.();
  };
  return Object.assign(middleware, {
    flush: async () => {},
    close: async () => {},
    stats: () => NO_STATS,
  });
}
