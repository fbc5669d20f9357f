import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Outcome } from '../../record/series.ts';
import type { Hooks } from '../hooks/hooks.ts';
import { targetOf } from './path.ts';

/** What is recorded of a request message. Node's own, or as much of one as was understood. */
export type Request = Pick<IncomingMessage, 'method' | 'url' | 'headers'> & { originalUrl?: string };

/** Where requests are counted in and out: it gives each a slot, and has it recorded when it is over. */
export interface Tracker {
  start(
    req: Request,
    res: ServerResponse | undefined,
    socket: Connection | undefined,
    handled?: boolean,
  ): OpenRequest;
  /** The state of a connection, which is watched from now on: all that is open on it ends with it. */
  connectionOf(socket: Connection): ConnectionState;
  /** Only the first call for a request counts. */
  end(open: OpenRequest, outcome: Outcome): void;
}

/** What is known of a request while it is being handled. */
export class OpenRequest {
  /** Who has started it, and is to end it. */
  readonly tracker: Tracker;
  req: Request;
  /** Undefined for what is not answered through one: upgrades, HTTP/2 streams, what the parser refused. */
  readonly res: ServerResponse | undefined;
  /** Undefined for requests that were made without one, as test injectors and adapters of serverless functions do. */
  readonly socket: Connection | undefined;
  readonly headers: IncomingHttpHeaders;
  /** As the client sent them: applications rewrite those of the request. */
  readonly method: string;
  readonly target: string;
  /** Concurrency slot, from 1. */
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
  /** Of the response head that was written; at the end, of one that was sent; 0 for none. */
  status = 0;
  /** What the user says of it where that differs from what the recorder was made with. */
  hooks: Hooks | undefined = undefined;
  /** It is not to be recorded. */
  ignored = false;
  /** The span that was active when the response head was sent, as a `traceparent`. */
  span: string | undefined = undefined;
  /** Of the response head, where it is written to the bare socket. */
  headBytes = 0;
  /** The application was given it; else Node answers by itself. */
  handled: boolean;
  /** A part of the response was written when the connection took no more. */
  cut = false;
  ended = false;
  /** Ends it when its connection is closed, where it is not the response that tells how: for upgrades and their like. */
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

/** What is known of a connection, from its first request on. */
export class ConnectionState {
  /** The request that it is answering, or that it was lost with. */
  open: OpenRequest | undefined = undefined;
  /** Pipelined requests whose responses wait for it. */
  queued: Set<OpenRequest> | undefined = undefined;
}

/**
 * The state of a connection is kept on its socket, and so is its request, instead of on the response: frameworks that
 * change the prototype of each response (Express) make every property that is added to one cost microseconds. The symbol is
 * registered, so that a second copy of this package sees it.
 */
export const STATE: unique symbol = Symbol.for('raw-requests.connection') as never;

export interface Connection extends Socket {
  [STATE]?: ConnectionState;
  /** Node's own: the response that owns the connection. */
  _httpMessage?: (ServerResponse & { readonly req?: IncomingMessage }) | null;
}

/** A response that is not the one its connection is answering carries its request itself; so does an HTTP/2 stream. */
export const OPEN: unique symbol = Symbol.for('raw-requests.open') as never;

export interface Carrier {
  [OPEN]?: OpenRequest | undefined;
}

/** The request among those of a connection that are not over. Wrapped or not, a request object has the same headers. */
export function openOn(
  state: ConnectionState | undefined,
  headers: IncomingHttpHeaders,
): OpenRequest | undefined {
  if (state?.open?.headers === headers) return state.open;
  for (const open of state?.queued ?? []) if (open.headers === headers) return open;
  return undefined;
}
