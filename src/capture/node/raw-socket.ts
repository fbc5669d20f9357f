import { METHODS } from 'node:http';
import type { Duplex } from 'node:stream';
import { caught, guarded } from '../../safety/guard.ts';
import { now } from '../../safety/time.ts';
import type { Connection, OpenRequest, Request, Tracker } from './open-request.ts';

/**
 * Follows what is answered on the bare socket: upgrades and `CONNECT`, until the connection they became closes, and
 * what the parser refused, which Node answers with a head of its own.
 */
export function observeSocket(
  tracker: Tracker,
  req: Request,
  stream: Duplex,
  outcome: 'upgraded' | 'rejected',
): OpenRequest {
  const socket = stream as Connection;
  const open = tracker.start(req, undefined, socket);
  try {
    tracker.connectionOf(socket).open = open;
    watchConnection(open, outcome);
    if (isWebSocket(socket))
      open.status = 101; // its head was sent before anybody saw the request
    else watchHead(open);
  } catch (error) {
    caught('a connection', error);
    tracker.end(open, 'unfinished');
  }
  return open;
}

/**
 * A request that the application may answer by an upgrade of its own, since its server listens to none: some
 * frameworks' WebSockets do so. From then on it is followed on the connection.
 */
export function watchSwitch(open: OpenRequest): void {
  watchHead(open, () => {
    if (open.status === 101) watchConnection(open, 'upgraded');
  });
}

/** Has a request end with its connection, with the bytes that come and go until then. */
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

/** The application, or the `ws` of its choice, agreed to the upgrade or tunnel. */
function isSwitched({ method, status }: OpenRequest): boolean {
  return method === 'CONNECT' ? status >= 200 && status < 300 : status === 101;
}

/** Whether the package `ws` has taken the connection: it leaves a property on the socket. */
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
 * Reads the status from the first thing that is written to the connection of a request, and notes when that was.
 * `write`, `end` and corked writes of a `net.Socket` all pass this one method; it is put back after the first call.
 */
export function watchHead(open: OpenRequest, seen: () => void = () => {}): void {
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

/** As much of a request as can be said of one that could not be parsed: its method, from the first bytes. */
export function unparsed(error: { rawPacket?: unknown }): Request {
  const start = Buffer.isBuffer(error.rawPacket) ? error.rawPacket.toString('latin1', 0, 20) : '';
  const method = /^[A-Z-]+(?= )/.exec(start)?.[0] ?? '';
  return { method: METHODS.includes(method) ? method : '', url: '', headers: {} };
}
