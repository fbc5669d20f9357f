import { METHODS, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { caught, guarded } from '../../safety/guard.ts';
import { now } from '../../safety/time.ts';
import { noteWriter } from '../hooks/writer-context.ts';
import type { Connection, OpenRequest, Request, Tracker } from './open-request.ts';

/**
 * Observes requests that are answered directly on the socket, until the connection closes: upgrades, `CONNECT`, and
 * requests that the parser refused.
 *
 * @param res what a framework made for its handlers
 */
export function observeSocket(
  tracker: Tracker,
  req: Request,
  stream: Duplex,
  outcome: 'upgraded' | 'rejected',
  res?: ServerResponse,
): OpenRequest {
  const socket = stream as Connection;
  const open = tracker.start(req, undefined, socket);
  open.response = res;
  try {
    const state = tracker.connectionOf(socket);
    open.connectionRequests = ++state.requests;
    state.open = open;
    watchConnection(open, outcome);
    if (isWebSocket(socket))
      open.status = 101; // the response head was sent before the request was observed
    else watchHead(open, () => noteWriter(open));
  } catch (error) {
    caught('a connection', error);
    tracker.end(open, 'unfinished');
  }
  return open;
}

/**
 * Watches a request with an `Upgrade` header that arrives as a normal request, because its server has no `upgrade`
 * listener. Some WebSocket frameworks upgrade such requests themselves. After that, the request ends with its connection.
 */
export function watchSwitch(open: OpenRequest): void {
  watchHead(open, () => {
    noteWriter(open);
    if (open.status === 101) watchConnection(open, 'upgraded');
  });
}

/** Makes a request end with its connection, and counts the bytes until then. */
function watchConnection(open: OpenRequest, outcome: 'upgraded' | 'rejected'): void {
  const socket = open.socket!;
  const { bytesRead, bytesWritten } = socket;
  open.closed = guarded('the end of a connection', () => {
    open.bytesIn = socket.bytesRead - bytesRead || 0;
    open.bytesOut = Math.max(0, socket.bytesWritten - bytesWritten - open.headBytes || 0);
    if (outcome === 'rejected') open.tracker.end(open, 'rejected');
    else if (isSwitched(open)) open.tracker.end(open, 'upgraded');
    else open.tracker.end(open, open.status > 0 && socket.errored === null ? 'finished' : 'aborted');
  });
}

/** Whether the application accepted the upgrade or tunnel. */
function isSwitched({ method, status }: OpenRequest): boolean {
  return method === 'CONNECT' ? status >= 200 && status < 300 : status === 101;
}

/** Whether the package `ws` has taken over the connection: it sets a property of the socket. */
function isWebSocket(socket: Connection): boolean {
  const properties = socket as unknown as Record<symbol, unknown>;
  return Object.getOwnPropertySymbols(socket).some(
    (key) => key.description === 'websocket' && properties[key] !== undefined,
  );
}

interface Writer {
  _writeGeneric?: (...args: unknown[]) => unknown;
}

/**
 * Reads status and time of the response head from the first write to the socket. `write`, `end` and corked writes of a
 * `net.Socket` all call `_writeGeneric`, which is wrapped for one call.
 */
export function watchHead(open: OpenRequest, seen: () => void): void {
  const writer = open.socket as unknown as Writer;
  const write = writer._writeGeneric;
  if (write === undefined) return;
  writer._writeGeneric = function _writeGeneric(...args: unknown[]) {
    try {
      delete writer._writeGeneric;
      const [, data] = args;
      const first = Array.isArray(data) ? data[0]?.chunk : data;
      const text = typeof first === 'string' ? first : Buffer.isBuffer(first) ? first.toString('latin1') : '';
      const status = /^HTTP\/1\.\d (\d{3})/.exec(text)?.[1];
      if (status !== undefined) {
        open.firstByte = now();
        open.status = Number(status);
        const end = text.indexOf('\r\n\r\n');
        open.headBytes = end === -1 ? text.length : end + 4;
        seen();
      }
    } catch (error) {
      caught('the head of a response', error);
    }
    return write.apply(this, args);
  };
}

/** A request that could not be parsed. Only its method is known, from the first bytes. */
export function unparsed(error: { rawPacket?: unknown }): Request {
  const start = Buffer.isBuffer(error.rawPacket) ? error.rawPacket.toString('latin1', 0, 20) : '';
  const method = /^[A-Z-]+(?= )/.exec(start)?.[0] ?? '';
  return { method: METHODS.includes(method) ? method : '', url: '', headers: {} };
}
