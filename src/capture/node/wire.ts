import { type IncomingMessage, ServerResponse, STATUS_CODES } from 'node:http';
import type { Outcome } from '../../record/series.ts';
import { caught } from '../../safety/guard.ts';
import { now } from '../../safety/time.ts';
import { noteWriter } from '../hooks/writer-context.ts';
import { type Carrier, type Connection, OPEN, type OpenRequest, STATE } from './open-request.ts';

/** The member `_header` is internal to Node: the text of the head. */
type Response = ServerResponse & Carrier & { readonly _header?: unknown };

type Send = (
  this: Response,
  data: string | Uint8Array,
  encoding?: BufferEncoding | null,
  callback?: unknown,
  byteLength?: number,
) => boolean;

const HOOKED = Symbol.for('raw-requests.wire');

/**
 * Measures when the head of a response is sent and how many body bytes follow.
 *
 * A response sends everything through `OutgoingMessage.prototype._send`, the head with the first call. There is no event
 * for the head, so `_send` is wrapped, once per process and for server responses only. For a response that is not
 * observed this costs one property read. Interim (1xx) responses do not use `_send` and do not count.
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
        // A response without a socket waits behind another one. Data written to a socket that has ended is discarded.
        if (socket === null || socket.writable) {
          if (socket !== null && Number.isNaN(open.firstByte)) open.firstByte = now();
          if (open.status === 0) {
            noteWriter(open);
            open.status = statusOf(this);
          }
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

/**
 * The status in the head of a response. `statusCode` can be changed after the head was built, by `writeHead()` or by the
 * first `write()`, which Node 26 sends later. The `statusMessage` is that of the head. Reading the text of each head
 * would cost 80 ns, because V8 has to join it first.
 */
function statusOf({ _header: head, statusCode, statusMessage }: Response): number {
  if (STATUS_CODES[statusCode] === statusMessage || typeof head !== 'string') return statusCode;
  const at = 'HTTP/1.1 '.length;
  const status =
    100 * head.charCodeAt(at) + 10 * head.charCodeAt(at + 1) + head.charCodeAt(at + 2) - 111 * 48;
  return status >= 100 && status <= 999 ? status : statusCode;
}

/** Counts the body bytes of a request that has a body, as Node's parser hands them out. */
export function watchBody(open: OpenRequest): void {
  const { headers } = open;
  const req = open.req as IncomingMessage;
  const length = headers['content-length'];
  if ((length === undefined || length === '0') && headers['transfer-encoding'] === undefined) return;
  open.bytesIn = req.readableLength; // received before, if asynchronous code ran before this middleware
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
 * `finished` only if the response was ended and all of it was sent. `statusCode` (200 by default) does not show that,
 * and neither does the `finish` event: Node also emits it when a reset or destroyed socket cancelled the writes, and
 * when it had ended the socket because the client closed its half.
 */
export function outcomeOf({ socket, cut }: OpenRequest, res: ServerResponse): Outcome {
  const lost = cut || (socket?.destroyed && (socket.errored !== null || !socket.writableFinished));
  return !lost && res.writableFinished ? 'finished' : 'aborted';
}

/** Takes the final measurements of a request: the status that was sent, and the body bytes. */
export function measure(open: OpenRequest, res: ServerResponse, outcome: Outcome): void {
  // Without a first byte, no head was sent, whatever `statusCode` is. Only Bun and Deno do not show what they send.
  const isUnseen = Number.isNaN(open.firstByte) && outcome === 'finished';
  open.status = isUnseen || open.firstByte > 0 ? open.status || res.statusCode : 0;
  open.bytesIn = bytesReceived(open, isUnseen);
  open.bytesOut = isUnseen ? announcedBytes(res) : bytesSent(open);
  // An open connection must not keep a request that has ended. A lost one keeps it, so that a second observer sees it.
  const state = open.socket?.[STATE];
  if (outcome === 'finished' && state?.open === open) state.open = undefined;
}

/** Body bytes of the request: its `Content-Length` if the body is complete, else the bytes that were counted. */
function bytesReceived({ req, headers, bytesIn }: OpenRequest, isUnseen: boolean): number {
  const length = headers['content-length'];
  if (length !== undefined && (isUnseen || (req as IncomingMessage).complete)) return Number(length);
  return isUnseen && headers['transfer-encoding'] !== undefined ? Number.NaN : bytesIn;
}

/** Body bytes of a response whose writes are not seen: its `Content-Length`, or unknown. */
function announcedBytes(res: ServerResponse): number {
  return Number(res.getHeader?.('content-length') ?? Number.NaN);
}

/**
 * Body bytes of the response that were given to the connection. The client of an aborted response may have received
 * fewer. A pipelined response that never got the connection sent none.
 */
function bytesSent({ firstByte, bytesOut }: OpenRequest): number {
  return Number.isNaN(firstByte) ? 0 : bytesOut;
}
