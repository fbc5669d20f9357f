import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Outcome } from '../../record/series.ts';
import { targetOf } from './path.ts';

/** What is recorded of a request message. Node's own, or as much of one as was understood. */
export type Request = Pick<IncomingMessage, 'method' | 'url' | 'headers'> & { originalUrl?: string };

/** What is known of a request while it is being handled. */
export class OpenRequest {
  req: Request;
  /** Undefined for what is not answered through one: upgrades, HTTP/2 streams, what the parser refused. */
  readonly res: ServerResponse | undefined;
  readonly socket: Connection;
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
  /** Body bytes received and sent so far, as on the wire. */
  bytesIn = 0;
  bytesOut = 0;
  /** Of the response head that was written; at the end, of one that was sent; 0 for none. */
  status = 0;
  /** The application was given it; else Node answers by itself. */
  handled: boolean;
  /** A part of the response was written when the connection took no more. */
  cut = false;
  ended = false;

  constructor(
    req: Request,
    res: ServerResponse | undefined,
    socket: Connection,
    slot: number,
    inFlight: number,
    start: number,
    handled: boolean,
  ) {
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

/** Where requests are counted in and out: it gives each a slot, and has it recorded when it is over. */
export interface Tracker {
  start(req: Request, res: ServerResponse | undefined, socket: Connection, handled?: boolean): OpenRequest;
  /** Only the first call for a request counts. */
  end(open: OpenRequest, outcome: Outcome): void;
}

/**
 * The request that a connection is answering. It is kept on the socket and not on the response, since frameworks that
 * change the prototype of each response (Express) make every property that is added to one cost microseconds.
 * Registered, so that a second copy of this package sees it.
 */
export const OPEN: unique symbol = Symbol.for('raw-requests.open') as never;

/** Pipelined requests whose responses wait for the connection. */
export const QUEUED: unique symbol = Symbol.for('raw-requests.queued') as never;

export interface Connection extends Socket {
  [OPEN]?: OpenRequest | undefined;
  [QUEUED]?: Set<OpenRequest>;
  /** Node's own: the response that owns the connection. */
  _httpMessage?: ServerResponse | null;
}

/** A response that is not the one its connection is answering carries its request itself. */
export interface Waiting {
  [OPEN]?: OpenRequest | undefined;
}
