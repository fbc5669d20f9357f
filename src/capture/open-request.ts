import type { IncomingMessage, ServerResponse } from 'node:http';

/** Where a request and its response carry their {@link OpenRequest}. Registered, so that a second copy of this package sees it. */
export const OPEN: unique symbol = Symbol.for('raw-requests.open') as never;

/** What is known of a request while it is being handled. */
export class OpenRequest {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
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
  ended = false;

  constructor(req: IncomingMessage, res: ServerResponse, slot: number, inFlight: number, start: number) {
    this.req = req;
    this.res = res;
    this.slot = slot;
    this.inFlight = inFlight;
    this.start = start;
  }
}

/** A Node object that may carry the state of an open request. */
export interface Carrier {
  [OPEN]?: OpenRequest | undefined;
}
