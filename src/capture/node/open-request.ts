import type { AsyncResource } from 'node:async_hooks';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Outcome } from '../../record/series.ts';
import { caught } from '../../safety/guard.ts';
import type { Hooks } from '../hooks/hooks.ts';
import { targetOf } from './path.ts';

/** The members of a request message that are recorded. It is one of Node, or the parts of one that could be parsed. */
export type Request = Pick<IncomingMessage, 'method' | 'url' | 'headers'> & { originalUrl?: string };

/** Starts and ends requests: it gives each one a slot, and has it recorded when it has ended. */
export interface Tracker {
  start(
    req: Request,
    res: ServerResponse | undefined,
    socket: Connection | undefined,
    handled?: boolean,
  ): OpenRequest;
  /** The state of a connection. The connection is watched from now on: when it closes, all requests open on it end. */
  connectionOf(socket: Connection): ConnectionState;
  /** Whether the contexts are kept in which responses are written. */
  readonly keepsContext: boolean;
  /** Only the first call for a request counts. */
  end(open: OpenRequest, outcome: Outcome): void;
}

/** A request that is being handled, with its measurements so far. */
export class OpenRequest {
  /** The tracker that has started it and will end it. */
  readonly tracker: Tracker;
  req: Request;
  /** Undefined for requests without a response object: upgrades, HTTP/2 streams, and requests the parser refused. */
  readonly res: ServerResponse | undefined;
  /** What functions of the user are given: `res`, or that of a framework or of Node's HTTP/2 compatibility layer. */
  response: ServerResponse | undefined;
  /** Undefined for requests without a connection, as test injectors and adapters of serverless functions create them. */
  readonly socket: Connection | undefined;
  readonly headers: IncomingHttpHeaders;
  /** Method and target as the client sent them: applications may rewrite those of the request object. */
  readonly method: string;
  readonly target: string;
  /** The concurrency slot, from 1. */
  readonly slot: number;
  /** Requests in flight when this one started, itself included. */
  readonly inFlight: number;
  /** Monotonic ms. */
  readonly start: number;
  /** Monotonic ms at which the response head went to the socket; NaN before. */
  firstByte: number = Number.NaN;
  /** Body bytes received and sent so far, as on the wire; NaN if not known. */
  bytesIn = 0;
  bytesOut = 0;
  /** The status of the response head that was written; once the request has ended, of a head that was sent. 0 for none. */
  status = 0;
  /** Its number among the requests of its connection, from 1; 0 without a connection. */
  connectionRequests = 0;
  /** What the user says of it where that differs from what the recorder was made with. */
  hooks: Hooks | undefined = undefined;
  /** It is not to be recorded. */
  ignored = false;
  /** The span that was active when the response head was written, as a `traceparent`. */
  span: string | undefined = undefined;
  /** The `AsyncLocalStorage` context of the application, for functions of the user. */
  context: AsyncResource | undefined = undefined;
  /** The size of the response head, if it was written directly to the socket. */
  headBytes = 0;
  /** Whether the application was given the request; if not, Node answers it by itself. */
  handled: boolean;
  /** Whether a part of the response was written after the connection had ended. */
  cut = false;
  ended = false;
  /** For requests that end with their connection, not with a response, such as upgrades: ends the request. */
  closed: (() => void) | undefined = undefined;

  constructor(
    tracker: Tracker,
    req: Request,
    res: ServerResponse | undefined,
    socket: Connection | undefined,
    slot: number,
    inFlight: number,
    start: number,
    handled: boolean,
  ) {
    this.tracker = tracker;
    this.req = req;
    this.res = res;
    this.response = res;
    this.socket = socket;
    this.headers = req.headers;
    this.method = req.method ?? '';
    this.target = targetOf(req);
    this.handled = handled;
    this.slot = slot;
    this.inFlight = inFlight;
    this.start = start;
  }
}

/** The state of a connection, from its first request on. */
export class ConnectionState {
  /** Requests observed so far. */
  requests = 0;
  /** The request that is being answered, or that was being answered when the connection was lost. */
  open: OpenRequest | undefined = undefined;
  /** Pipelined requests whose responses wait for the connection. */
  queued: Set<OpenRequest> | undefined = undefined;
}

/**
 * The property of a socket that holds the state of its connection, with its request. The response does not hold it,
 * because adding a property to a response costs microseconds when a framework changes its prototype, as Express does.
 * The symbol is registered, so that a second copy of this package finds the state.
 */
export const STATE: unique symbol = Symbol.for('raw-requests.connection') as never;

export interface Connection extends Socket {
  [STATE]?: ConnectionState;
  /** Internal to Node: the response that owns the connection. */
  _httpMessage?: (ServerResponse & { readonly req?: IncomingMessage }) | null;
}

/** The property that holds the request of an HTTP/2 stream, or of a response that does not own its connection. */
export const OPEN: unique symbol = Symbol.for('raw-requests.open') as never;

export interface Carrier {
  [OPEN]?: OpenRequest | undefined;
}

/** The open request of a connection with these headers. A wrapper of a request object has the same headers object. */
export function openOn(
  state: ConnectionState | undefined,
  headers: IncomingHttpHeaders,
): OpenRequest | undefined {
  if (state?.open?.headers === headers) return state.open;
  for (const open of state?.queued ?? []) if (open.headers === headers) return open;
  return undefined;
}

/** Ends a request after an internal error. It is recorded with the values that are known. */
export function giveUp(open: OpenRequest, error: unknown): void {
  caught('a request', error);
  open.tracker.end(open, 'unfinished');
}
