import { PassThrough } from 'node:stream';

/** An event of API Gateway, in the formats 1.0 and 2.0 at once. */
export const eventOf = (path: string): object => ({
  version: '2.0',
  rawPath: path,
  rawQueryString: '',
  path,
  httpMethod: 'GET',
  headers: { host: 'function.example' },
  multiValueHeaders: {},
  requestContext: {
    http: { method: 'GET', path, sourceIp: '192.0.2.1', protocol: 'HTTP/1.1' },
    identity: { sourceIp: '192.0.2.1' },
  },
  body: null,
  isBase64Encoded: false,
});

/** The context of a call, as far as handlers use it here. */
export const contextOf = (remainingMs = 30_000): object => ({
  callbackWaitsForEmptyEventLoop: true,
  awsRequestId: 'a-call',
  getRemainingTimeInMillis: () => remainingMs,
});

const STREAMING = Symbol.for('aws.lambda.runtime.handler.streaming');
const HIGH_WATER_MARK = Symbol.for('aws.lambda.runtime.handler.streaming.highWaterMark');

/** `awslambda.streamifyResponse()` of the runtime. */
export function streamifyResponse<Handler extends object>(
  handler: Handler,
  { highWaterMark }: { highWaterMark?: number } = {},
): Handler {
  return Object.assign(handler, { [STREAMING]: 'response', [HIGH_WATER_MARK]: highWaterMark });
}

// biome-ignore lint/suspicious/noExplicitAny: each handler has a form of its own
type AnyHandler = (...args: any[]) => any;

/** What the runtime reads of a handler before it calls it. */
export const metadataOf = (handler: AnyHandler): object => ({
  streaming: (handler as never)[STREAMING],
  highWaterMark: (handler as never)[HIGH_WATER_MARK],
  isAsync: handler.constructor.name === 'AsyncFunction',
  argsNum: handler.length,
});

/** Calls a handler as the runtimes of Node 20 and 22 do; of a streaming handler, the result is what it has written. */
export function invoke(handler: AnyHandler, event: object, context: object = contextOf()): Promise<unknown> {
  return new Promise((resolve, reject) => {
    if ((handler as never)[STREAMING] === 'response') {
      const stream = new PassThrough();
      let written = '';
      stream.on('data', (chunk) => {
        written += chunk;
      });
      handler(event, stream, context).then(() => resolve(written), reject);
      return;
    }
    const callback = (error: unknown, result: unknown) => (error ? reject(error) : resolve(result));
    try {
      const returned = handler(event, context, callback);
      if (typeof returned?.then === 'function') returned.then(resolve, reject);
    } catch (error) {
      reject(error);
    }
  });
}
