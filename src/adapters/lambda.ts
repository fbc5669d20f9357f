import { ConfigError, readOptions, type SettingsOf, wholeNumber } from '../options/options.ts';
import { caught, unawaited } from '../safety/guard.ts';
import { now } from '../safety/time.ts';
import { recorders } from '../shared-recorder.ts';

/** Settings of {@link rawRequestsLambda}. */
export interface LambdaOptions {
  /**
   * How long a call may be delayed to deliver its requests, in milliseconds, 0 to 60000. A tenth of it, if the call before
   * could not deliver all. Requests that are not delivered by then are delivered by a later call.
   * @default 1000
   */
  flushTimeoutMs?: number | undefined;
}

const settings: SettingsOf<LambdaOptions> = {
  flushTimeoutMs: { env: [], kind: wholeNumber(0, 60_000), default: 1000 },
};

/** The time that is left to the runtime of a function for its own work, before the call times out. */
const RESERVED_MS = 100;

/** A function handler in one of the forms that AWS Lambda calls. */
export type LambdaHandler = (...args: never[]) => unknown;

type Args = readonly unknown[];

/**
 * Wraps the handler of a function that is frozen between its calls, as on AWS Lambda: delivers the requests of a call
 * before the call ends. Requests are recorded as everywhere, by `rawRequests()` in the application or by
 * `raw-requests/register`.
 *
 * The handler may be an async function, may take a callback, or may write to a response stream
 * (`awslambda.streamifyResponse()`, around it or within). Its result and its errors do not change. A call is delayed for
 * at most `flushTimeoutMs`, and ends before its own time is over.
 *
 * @example
 * ```ts
 * export const handler = rawRequestsLambda(serverlessHttp(app));
 * ```
 * @throws {ConfigError} when an option is wrong
 */
export function rawRequestsLambda<Handler extends LambdaHandler>(
  handler: Handler,
  options: LambdaOptions = {},
): Handler {
  if (typeof handler !== 'function')
    throw new ConfigError([`Expected \`handler\` to be a function, got ${typeof handler}`]);
  const { values, problems } = readOptions(settings, options);
  if (problems.length > 0) throw new ConfigError(problems);
  const deliver = deliverer(values.flushTimeoutMs);

  const call = (self: unknown, args: Args): unknown => {
    const context = args.find(isContext);
    const [event, second, callback, ...rest] = args;
    if (typeof callback === 'function') {
      const answered = (...results: unknown[]) => {
        // Not called by the promise: what the callback throws would become a rejection.
        const answer = () => process.nextTick(callback as () => void, ...(results as []));
        unawaited('the end of a call', deliver(context).then(answer));
      };
      args = [event, second, answered, ...rest];
    }
    const returned = handler.apply(self, args as never);
    if (isPromise(returned)) return delivered(returned, () => deliver(context));
    if (typeof callback !== 'function') unawaited('the end of a call', deliver(context));
    return returned;
  };

  // The runtime treats async functions in another way: it notices if they never end.
  const isAsync = handler.constructor.name === 'AsyncFunction';
  const wrapper = isAsync
    ? async function (this: unknown, ...args: Args) {
        return call(this, args);
      }
    : function (this: unknown, ...args: Args) {
        return call(this, args);
      };
  // The runtime also reads the number of parameters, and the symbols that mark a streaming handler.
  const { prototype: _, ...own } = Object.getOwnPropertyDescriptors(handler);
  return Object.defineProperties(wrapper, own) as unknown as Handler;
}

/** Settles as a promise does, but later. */
async function delivered(promise: Promise<unknown>, deliver: () => Promise<void>): Promise<unknown> {
  try {
    return await promise;
  } finally {
    await deliver();
  }
}

/** A function that delivers what all recorders of the process have recorded. It never rejects. */
function deliverer(flushTimeoutMs: number): (context: Context | undefined) => Promise<void> {
  let isBehind = false;
  return async (context) => {
    try {
      const open = recorders();
      const leftMs = (context?.getRemainingTimeInMillis() ?? Number.POSITIVE_INFINITY) - RESERVED_MS;
      const timeoutMs = Math.min(isBehind ? flushTimeoutMs / 10 : flushTimeoutMs, leftMs);
      if (open.length === 0 || !(timeoutMs > 0)) return;
      // An adapter may return its result before the response has emitted `close`.
      if (open.some(({ inFlight }) => inFlight > 0))
        await new Promise((resolve) => process.nextTick(resolve));
      const start = now();
      await Promise.all(open.map((recorder) => recorder.flush(timeoutMs)));
      isBehind = now() - start > timeoutMs - 1;
    } catch (error) {
      caught('the end of a call', error);
    }
  };
}

interface Context {
  getRemainingTimeInMillis(): number;
}

function isContext(value: unknown): value is Context {
  return (
    typeof value === 'object' &&
    value !== null &&
    typeof (value as Partial<Context>).getRemainingTimeInMillis === 'function'
  );
}

function isPromise(value: unknown): value is Promise<unknown> {
  return typeof (value as { then?: unknown } | null | undefined)?.then === 'function';
}

export { rawRequestsLambda as default };
