import { type IncomingMessage, ServerResponse } from 'node:http';
import type { Outcome } from '../../record/series.ts';
import { caught } from '../../safety/guard.ts';
import { now } from '../../safety/time.ts';
import { activeSpan } from './active-span.ts';
import { type Carrier, type Connection, OPEN, type OpenRequest, STATE } from './open-request.ts';

type Send = (
  this: ServerResponse & Carrier,
  data: string | Uint8Array,
  encoding?: BufferEncoding | null,
  callback?: unknown,
  byteLength?: number,
) => boolean;

const HOOKED = Symbol.for('raw-requests.wire');

/**
 * Sees when the head of a response goes out and how many body bytes follow.
 *
 * All that a response sends passes `OutgoingMessage.prototype._send`, the head with the first call. No event tells of
 * it, so this is the one method that is wrapped, for responses of servers only, and once per process. It costs a
 * property read for a response that is not observed. Interim (1xx) responses take another way and do not count.
 */
export function watchResponses(): void {
  const prototype = ServerResponse.prototype as unknown as { _send?: Send; [HOOKED]?: true };
  const send = prototype._send;
  if (prototype[HOOKED] || send === undefined) return;
  prototype[HOOKED] = true;
  prototype._send = function _send(data, encoding, callback, byteLength) {
    try {
      const socket: Connection | null = this.socket;
      const state = socket?.[STATE];
      const open = state === undefined ? this[OPEN] : state.open;
      if (open !== undefined && open.res === this) {
        // Without a socket it waits behind another response. What is written to one that was ended goes nowhere.
        if (socket === null || socket.writable) {
          if (socket !== null && Number.isNaN(open.firstByte)) {
            open.firstByte = now();
            open.span = activeSpan(); // the application's code has called, so this is its context
          }
          open.status ||= this.statusCode; // some set another one later, which the client does not get
          open.bytesOut +=
            byteLength ??
            (typeof data === 'string' ? Buffer.byteLength(data, encoding ?? 'utf8') : data.length);
        } else if (data.length > 0) open.cut = true;
      }
    } catch (error) {
      caught('the bytes of a response', error);
    }
    return send.call(this, data, encoding, callback, byteLength);
  };
}

/** Counts the body bytes of a request that has a body, as Node's parser hands them out. */
export function watchBody(open: OpenRequest): void {
  const { headers } = open;
  const req = open.req as IncomingMessage;
  const length = headers['content-length'];
  if ((length === undefined || length === '0') && headers['transfer-encoding'] === undefined) return;
  open.bytesIn = req.readableLength; // has come already when the application was asynchronous before us
  const push = req.push;
  req.push = function countingPush(this: IncomingMessage, chunk: unknown, encoding?: BufferEncoding) {
    try {
      if (chunk !== null && chunk !== undefined) open.bytesIn += (chunk as Uint8Array).length;
    } catch (error) {
      caught('the bytes of a request', error);
    }
    return push.call(this, chunk, encoding);
  };
}

/**
 * `finished` only when the response was ended and all of it left. Neither `statusCode` (200 by default) nor the
 * `finish` event tells: Node also emits it for writes that a reset or destroyed socket cancelled, and for those to a
 * socket that it has ended because the client closed its half.
 */
export function outcomeOf({ socket, cut }: OpenRequest, res: ServerResponse): Outcome {
  const lost = cut || (socket?.destroyed && (socket.errored !== null || !socket.writableFinished));
  return !lost && res.writableFinished ? 'finished' : 'aborted';
}

/** What is known of a response only when it is over: the status that was sent, the bytes. */
export function measure(open: OpenRequest, res: ServerResponse, outcome: Outcome): void {
  // Without a first byte no head was sent, whatever `statusCode` says; only Bun sends one that nobody sees leave.
  const sent = !Number.isNaN(open.firstByte) || outcome === 'finished';
  open.status = sent ? open.status || res.statusCode : 0;
  open.bytesIn = bytesReceived(open);
  open.bytesOut = bytesSent(open);
  // A connection that lives on must not hold what is over; that of a lost one tells a second observer that it is.
  const state = open.socket?.[STATE];
  if (outcome === 'finished' && state?.open === open) state.open = undefined;
}

/** Body bytes of the request: what its `Content-Length` says once all of it is there, else what was counted. */
function bytesReceived({ req, headers, bytesIn }: OpenRequest): number {
  const length = headers['content-length'];
  return length !== undefined && (req as IncomingMessage).complete ? Number(length) : bytesIn;
}

/**
 * Body bytes of the response that were handed to the connection. How many of an aborted response's arrived, nobody
 * knows: not more than these. A pipelined response that never got the connection sent none.
 */
function bytesSent({ firstByte, bytesOut }: OpenRequest): number {
  return Number.isNaN(firstByte) ? 0 : bytesOut;
}
