import type { IncomingMessage, ServerResponse } from 'node:http';
import { guarded, unawaited } from '../../safety/guard.ts';
import { now } from '../../safety/time.ts';
import { type Carrier, OPEN, type OpenRequest } from '../node/open-request.ts';
import { activeSpan } from '../trace/active-span.ts';
import { type BodyEvents, watchBody } from './body.ts';
import { completionOf, isBun } from './runtime.ts';

/** Observes a request, given in the form of Node's messages. */
export type Record = (req: IncomingMessage, res: ServerResponse) => void;

/** The property of a request message that holds the request and the response of a `fetch` handler. */
const FETCHED: unique symbol = Symbol.for('raw-requests.fetched') as never;

/** A request and its response, as functions of the user are given them. */
export interface Fetched {
  readonly request: Request;
  response: Response | undefined;
}

interface Message {
  [FETCHED]?: Fetched;
}

/** The request and response of a `fetch` handler that a message stands for. */
export function fetchedOf(message: object): Fetched | undefined {
  return (message as Message)[FETCHED];
}

/** Notes that a message of Node stands for a request. */
export function setFetched(message: object, fetched: Fetched): void {
  (message as Message)[FETCHED] = fetched;
}

/** Messages of the requests that were observed without messages of Node. */
const messages = new WeakMap<Request, object>();

/** The message that stands for a request; undefined if it was not observed, or if it came with a message of Node. */
export function messageOf(request: object): object | undefined {
  return messages.get(request as Request);
}

/** A request that is handled by a `fetch` handler where no HTTP server of Node is, or where its messages are not known. */
export class Exchange implements BodyEvents {
  readonly #open: OpenRequest | undefined;
  readonly #request: Request;
  /** Whether the runtime tells when the response was sent. */
  readonly #isTold: boolean;
  /** Held weakly: a response that nobody reads shall be collected, and that ends the request. */
  #response: WeakRef<Response> | undefined;
  readonly #aborted = guarded('the abort of a request', () => this.ended(false));

  constructor(request: Request, args: readonly unknown[], record: Record) {
    this.#request = request;
    const completion = completionOf(request, args);
    this.#isTold = completion !== undefined;
    const headers = Object.fromEntries(request.headers);
    const { method, url } = request;
    // It is complete, so that its length is that of its header. Functions make it a message, like one of Node.
    const message = { method, url, headers, complete: true, on: () => {} };
    const exchange = this;
    setFetched(message, {
      request,
      get response() {
        return exchange.#response?.deref();
      },
    });
    const answer = {
      statusCode: 0,
      finished: false,
      on: () => {},
      removeListener: () => {},
    } as object & Carrier;
    messages.set(request, message);
    record(message as never, answer as never);
    this.#open = answer[OPEN];
    (message as Carrier)[OPEN] = this.#open;
    if (this.#open === undefined) return; // it is not to be recorded
    if (headers['transfer-encoding'] !== undefined) this.#open.bytesIn = Number.NaN;
    if (completion !== undefined) {
      // Deno also aborts the signal of a request that was answered, and warns of listeners.
      const completed = guarded('the end of a response', () => this.ended(true));
      unawaited('the end of a response', completion.then(completed, this.#aborted));
    } else if (request.signal.aborted) this.ended(false);
    else request.signal.addEventListener('abort', this.#aborted, { once: true });
  }

  /** The handler has returned. Returns what the runtime is to be given. */
  answered(response: unknown): unknown {
    const open = this.#open;
    if (open === undefined || open.ended) return response;
    this.#headSent(open);
    if (!isResponse(response)) {
      // On Bun, a handler that has upgraded the connection returns nothing.
      open.status = isBun && response === undefined ? 101 : 500;
      this.#end(open.status === 101 ? 'upgraded' : 'finished');
      return response;
    }
    this.#response = new WeakRef(response);
    open.status = response.status;
    if (open.status === 101) {
      this.#end('upgraded');
      return response;
    }
    if (this.#request.method === 'HEAD' || open.status === 204 || open.status === 304) {
      this.ended(true);
      return response;
    }
    const length = response.headers.get('content-length');
    if (!this.#isTold) return watchBody(response, this, length);
    open.bytesOut = Number(length ?? Number.NaN);
    return response;
  }

  /** The handler has failed. Every runtime answers that with a 500. */
  failed(): void {
    const open = this.#open;
    if (open === undefined || open.ended) return;
    this.#headSent(open);
    open.status = 500;
    open.bytesOut = Number.NaN;
    this.ended(true);
  }

  sent(bytes: number): void {
    if (this.#open !== undefined) this.#open.bytesOut += bytes;
  }

  ended(isComplete: boolean): void {
    this.#end(isComplete ? 'finished' : 'aborted');
  }

  #headSent(open: OpenRequest): void {
    open.firstByte = now();
    open.span = activeSpan();
  }

  #end(outcome: 'finished' | 'aborted' | 'upgraded'): void {
    if (!this.#isTold) this.#request.signal.removeEventListener('abort', this.#aborted);
    this.#open?.tracker.end(this.#open, outcome);
  }
}

/** A `Response` of any realm or library. */
function isResponse(value: unknown): value is Response {
  return (
    typeof value === 'object' &&
    value !== null &&
    typeof (value as Partial<Response>).status === 'number' &&
    typeof (value as Partial<Response>).headers?.get === 'function'
  );
}
