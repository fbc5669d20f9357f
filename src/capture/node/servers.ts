import diagnostics from 'node:diagnostics_channel';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import http2, { type Http2ServerRequest, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2';
import https from 'node:https';
import type { Duplex } from 'node:stream';
import type { RequestHead } from '../../options/options.ts';
import { caught } from '../../safety/guard.ts';
import { observeStream, streamOf } from './http2-stream.ts';
import type { Observer } from './observer.ts';
import { type Connection, OPEN, type OpenRequest, openOn, STATE } from './open-request.ts';
import { observeSocket, unparsed, watchHead } from './raw-socket.ts';
import { wrapEmit } from './wrap-emit.ts';

/** Whether a request should be recorded. */
export type Wanted = (req: RequestHead) => boolean;

export type ObserveServers = typeof observeServers;

interface RequestStart {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/**
 * Observes every server of this process, without code in the application.
 *
 * Node announces requests on the channel `http.server.request.start`, before the application gets them. Some supported
 * versions of Node have no channel for other events, so `emit` of the servers' prototypes is wrapped. It shows upgrades,
 * tunnels, parser errors, HTTP/2 streams, and the `request` event; Node answers requests without that event by itself.
 *
 * @returns a function that ends this
 */
export function observeServers(observer: Observer, wanted: Wanted): () => void {
  const onStart = (message: unknown): void => {
    try {
      const { request, response } = message as RequestStart;
      if (wanted(request)) observer.observe(request, response, false);
    } catch (error) {
      caught('the start of a request', error);
    }
  };
  diagnostics.subscribe('http.server.request.start', onStart);

  const onHttp = (server: http.Server, event: string, first: unknown, second: unknown): void => {
    switch (event) {
      case 'request':
      case 'checkContinue':
      case 'checkExpectation': {
        const req = first as IncomingMessage;
        const socket: Connection | undefined = req.socket; // undefined for requests of test injectors
        const open = openOn(socket?.[STATE], req.headers);
        if (open !== undefined) open.handled = true;
        // Bun has no channel for requests.
        else if (wanted(req)) observer.observe(req, second as ServerResponse);
        break;
      }
      case 'upgrade':
      case 'connect':
        if (server.listenerCount(event) > 0 && wanted(first as IncomingMessage)) {
          observeSocket(observer, first as IncomingMessage, second as Duplex, 'upgraded');
        }
        break;
      case 'clientError':
        onClientError(observer, first as ParserError, second as Connection);
        break;
    }
  };
  const onHttp2 = (_server: unknown, event: string, first: unknown, second: unknown): void => {
    if (event === 'stream') {
      const headers = second as IncomingHttpHeaders;
      if (wanted({ method: headers[':method'], url: headers[':path'], headers }))
        observeStream(observer, first as ServerHttp2Stream, headers);
    } else if (event === 'request') {
      const [req, res] = [first as OpenRequest['req'], second as ServerResponse];
      const stream = streamOf(first as Http2ServerRequest);
      if (stream?.[OPEN] !== undefined) observeStream(observer, stream, req.headers, req, res);
    }
  };

  const undo = [
    wrapEmit(http.Server.prototype, onHttp),
    wrapEmit(https.Server.prototype, onHttp),
    wrapEmit(Object.getPrototypeOf(http2.createServer()), onHttp2),
    wrapEmit(Object.getPrototypeOf(http2.createSecureServer()), (server, event, first, second) => {
      // With the option `allowHTTP1`, it also serves HTTP/1.1.
      const isHttp1 = event !== 'stream' && streamOf(first as Http2ServerRequest) === undefined;
      (isHttp1 ? onHttp : onHttp2)(server, event, first, second);
    }),
  ];
  return () => {
    diagnostics.unsubscribe('http.server.request.start', onStart);
    for (const restore of undo) restore();
  };
}

type ParserError = NodeJS.ErrnoException & { rawPacket?: unknown };

/** The code of the error when the connection ended in the middle of a message. */
const CLIENT_CLOSED = 'HPE_INVALID_EOF_STATE';

/** The codes of parser errors and request timeouts. Other codes are errors of the connection, not of a request. */
const REFUSED = /^(?:HPE_|ERR_HTTP_REQUEST_TIMEOUT$)/;

function onClientError(observer: Observer, error: ParserError, socket: Connection): void {
  if (!REFUSED.test(error.code ?? '')) return;
  const open = socket[STATE]?.open;
  if (open === undefined || open.ended) {
    if (socket.writable && !isInBody(socket)) observeSocket(observer, unparsed(error), socket, 'rejected');
  } else if (open.res !== undefined && Number.isNaN(open.firstByte)) {
    // An error in the middle of a request that was not answered yet: Node answers instead of the application. It also
    // answers when the client has closed its half of the connection; then it is not known if the client still reads.
    watchHead(open, () => {
      open.handled = error.code === CLIENT_CLOSED;
    });
  }
}

/**
 * Whether the parser is in the body of a request. If the application has answered that request, it is recorded, and an
 * error in the rest of its body is not another request.
 */
function isInBody(socket: Connection): boolean {
  const { parser } = socket as { readonly parser?: { readonly incoming?: IncomingMessage | null } | null };
  const incoming = parser?.incoming;
  return incoming?.socket === socket && !incoming.complete; // parsers are reused, and may hold a request of another socket
}
