import type { ServerResponse } from 'node:http';
import type { Http2ServerRequest, ServerHttp2Stream } from 'node:http2';
import { caught, guarded } from '../../safety/guard.ts';
import { now } from '../../safety/time.ts';
import { noteWriter } from '../hooks/writer-context.ts';
import {
  type Carrier,
  type Connection,
  OPEN,
  type OpenRequest,
  type Request,
  type Tracker,
} from './open-request.ts';

type Stream = ServerHttp2Stream & Carrier;

/** The number of observed streams of each HTTP/2 session. */
const streamsOf = new WeakMap<object, number>();

/** The stream of a request of Node's HTTP/2 compatibility layer; undefined for HTTP/1. */
export function streamOf(req: Http2ServerRequest | undefined): Stream | undefined {
  const stream = req?.stream;
  return typeof stream?.respond === 'function' ? stream : undefined;
}

/** Observes a stream of an HTTP/2 server. A stream is one request, through either of Node's two HTTP/2 interfaces. */
export function observeStream(
  tracker: Tracker,
  stream: Stream,
  headers: { readonly [name: string]: unknown },
  req?: Request,
  res?: ServerResponse,
): void {
  const known = stream[OPEN];
  if (known !== undefined) {
    if (req !== undefined) known.req = req; // a framework names the route on its own request object
    if (res !== undefined) known.response = res;
    return;
  }
  if (stream.destroyed) return;
  const request = req ?? {
    method: String(headers[':method'] ?? ''),
    url: String(headers[':path'] ?? ''),
    headers: headers as Request['headers'],
  };
  const open = tracker.start(request, undefined, stream.session?.socket as Connection);
  open.response = res;
  const closed = () => {
    open.status = Number.isNaN(open.firstByte) ? 0 : Number(stream.sentHeaders?.[':status'] ?? 0);
    // A reset stream also emits `finish`. Code 0 is NO_ERROR (RFC 9113, section 7).
    const finished = open.status > 0 && !stream.aborted && stream.rstCode === 0;
    tracker.end(open, finished ? 'finished' : 'aborted');
  };
  stream[OPEN] = open;
  try {
    open.connectionRequests = countOn(stream.session);
    watchStream(stream, open);
    stream.once('close', guarded('the end of an HTTP/2 stream', closed));
  } catch (error) {
    caught('an HTTP/2 stream', error);
    tracker.end(open, 'unfinished');
  }
}

function countOn(session: object | undefined): number {
  if (session === undefined) return 0;
  const count = (streamsOf.get(session) ?? 0) + 1;
  streamsOf.set(session, count);
  return count;
}

type Method = (...args: unknown[]) => unknown;

/** A stream has no byte counters and no event for the response head, so methods of this stream object are wrapped. */
function watchStream(stream: Stream, open: OpenRequest): void {
  const methods = stream as unknown as Record<string, Method | undefined>;
  const before = (name: string, see: (...args: unknown[]) => void) => {
    const method = methods[name];
    if (method === undefined) return;
    methods[name] = function (...args: unknown[]) {
      try {
        see(...args);
      } catch (error) {
        caught('the bytes of an HTTP/2 stream', error);
      }
      return method.apply(this, args);
    };
  };
  let sendsFile = false;
  const head = () => {
    if (!Number.isNaN(open.firstByte)) return;
    open.firstByte = now();
    noteWriter(open);
  };
  const file = () => {
    head();
    sendsFile = true;
  };
  before('respond', head);
  before('respondWithFile', file);
  before('respondWithFD', file);
  before('push', (chunk) => {
    if (chunk !== null && chunk !== undefined) open.bytesIn += (chunk as Uint8Array).length;
  });
  const sent = (chunk: unknown, encoding: unknown) => {
    head(); // a write without `respond` sends a head of its own
    open.bytesOut +=
      typeof chunk === 'string'
        ? Buffer.byteLength(chunk, encoding as BufferEncoding)
        : (chunk as Uint8Array).length;
  };
  before('_write', sent);
  before('_writev', (chunks) => {
    for (const { chunk, encoding } of chunks as { chunk: unknown; encoding: unknown }[])
      sent(chunk, encoding);
  });
  // Files are sent below the stream. Only the native handle counts their bytes, and it exists until `_destroy`.
  before('_destroy', () => {
    if (sendsFile) open.bytesOut = bytesWritten(stream);
  });
}

/** Bytes that the native handle of a stream has written, without the head; NaN if they are not known. */
function bytesWritten(stream: Stream): number {
  for (const key of Object.getOwnPropertySymbols(stream)) {
    const value = (stream as unknown as Record<symbol, { bytesWritten?: unknown } | null | undefined>)[key];
    if (key.description === 'kHandle' && typeof value?.bytesWritten === 'number') return value.bytesWritten;
  }
  return Number.NaN;
}
