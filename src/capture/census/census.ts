import http from 'node:http';
import http2, { type Http2Session, type IncomingHttpHeaders } from 'node:http2';
import https from 'node:https';
import type { Duplex } from 'node:stream';
import type { Logger, RequestHead } from '../../options/options.ts';
import { guarded } from '../../safety/guard.ts';
import type { OpenRequest } from '../node/open-request.ts';
import { wrapEmit } from '../node/wrap-emit.ts';
import { RequestReader } from './request-reader.ts';
import { Tally } from './tally.ts';

/** Reads what a client sends over a connection. */
interface Tap {
  readonly reader: RequestReader;
  readonly read: (bytes: Uint8Array) => void;
}

/**
 * An independent count of the requests that clients send to the servers of this process, for comparison with those that
 * are observed. It reads the data of connections with a reader of its own, and counts the streams of HTTP/2 sessions.
 * It includes connections that are opened after it was created.
 */
export class Census {
  readonly #tally: Tally;
  readonly #taps = new WeakMap<object, Tap>();
  readonly #undo: readonly (() => void)[];

  constructor(isIgnored: (head: RequestHead) => boolean, log: Logger) {
    this.#tally = new Tally(isIgnored, log);
    const secure = Object.getPrototypeOf(http2.createSecureServer());
    const plain = Object.getPrototypeOf(http2.createServer());
    const before = this.#before.bind(this);
    const tapOn = (name: string) => (_server: unknown, event: string, socket: unknown) => {
      // HTTP/2 servers have HTTP/1.1 connections as well, with the option `allowHTTP1`.
      if (event === name && (socket as { alpnProtocol?: unknown }).alpnProtocol !== 'h2')
        this.#tap(socket as Duplex);
    };
    this.#undo = [
      wrapEmit(http.Server.prototype, before, tapOn('connection')),
      wrapEmit(https.Server.prototype, before, tapOn('secureConnection')),
      wrapEmit(secure, before, tapOn('secureConnection')),
      wrapEmit(plain, before),
    ];
  }

  /** Call it for each request that has ended, recorded or not. */
  ended({ socket }: OpenRequest): void {
    this.#tally.observed(socket);
  }

  /** Logs the result. Call it when all requests have ended. */
  close(): void {
    for (const restore of this.#undo) restore();
    this.#tally.close();
  }

  #before(_server: unknown, event: string, first: unknown, second: unknown): void {
    if (event === 'session') this.#countStreams(first as Http2Session);
    else if (event === 'upgrade' || event === 'connect') this.#leave(second as Duplex);
    else if (event === 'clientError') {
      const reader = this.#taps.get(second as object)?.reader;
      // The reader also gets the data in which Node's parser has found the error.
      if (reader !== undefined) process.nextTick(guarded('the check of a connection', () => reader.stop()));
    }
  }

  /**
   * Reads a connection from now on, as its server does. The listener is added after those of the server: Node's parser
   * then stops taking the data from the handle of the socket, so that the socket emits it.
   */
  #tap(socket: Duplex): void {
    if (this.#taps.has(socket)) return;
    const connection = this.#tally.begin(socket, socket);
    const reader = new RequestReader((head) => connection.add(head));
    connection.isInHead = () => reader.isInHead;
    const read = guarded('the check of a connection', (bytes: Uint8Array) => reader.read(bytes));
    this.#taps.set(socket, { reader, read });
    socket.on('data', read);
  }

  /** The application takes over a connection. Data must not be emitted before the application listens to it. */
  #leave(socket: Duplex): void {
    const tap = this.#taps.get(socket);
    if (tap === undefined) return;
    tap.reader.isSwitched = true; // it still gets the data that is being emitted
    socket.off('data', tap.read);
  }

  #countStreams(session: Http2Session): void {
    const connection = this.#tally.begin(session.socket, session);
    const count = (_stream: unknown, headers: IncomingHttpHeaders): void => {
      connection.add({ method: headers[':method'], url: headers[':path'], headers });
    };
    session.on('stream', guarded('the check of a session', count));
  }
}
