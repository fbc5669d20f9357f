import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createGzip } from 'node:zlib';
import { arrived, pathOf, TEXT } from './application.ts';

type Act = (req: IncomingMessage, res: ServerResponse) => void;

/** Actions on Node's objects, by the last part of the path. */
const ACTS: Record<string, Act> = {
  hijacked: (_req, res) => {
    res.writeHead(202); // not chained, because in restify it returns nothing
    res.end(TEXT);
  },

  hinted: (_req, res) => {
    res.writeEarlyHints({ link: '</style.css>; rel=preload; as=style' });
    res.end(TEXT);
  },

  compressed: (_req, res) => {
    res.writeHead(200, { 'content-encoding': 'gzip' });
    const gzip = createGzip();
    gzip.pipe(res);
    gzip.end(TEXT.repeat(1000));
  },

  'status-after-head': (_req, res) => {
    res.writeHead(200);
    res.statusCode = 500;
    res.end(TEXT);
  },

  'late-status': (_req, res) => {
    res.write(TEXT);
    res.statusCode = 500;
    res.end();
  },

  busy: (_req, res) => {
    res.writeHead(503); // not chained, for the same reason
    res.end(TEXT);
  },

  half,
  'half-unfinished': half,
  events: (_req, res) => {
    res.writeHead(200, { 'content-type': 'text/event-stream' });
    res.write('data: established\n\n');
    setTimeout(() => res.write('data: later\n\n'), 20);
  },

  destroyed: (_req, res) => void res.destroy(),

  // As `server.setTimeout()` does for every connection.
  'timed-out': (req) => void req.socket.setTimeout(20),

  upload,
  'upload-reset': upload,

  // The timeout applies to the whole server, so it is set only for the time of this connection.
  'late-body': (req) => {
    const { server } = req.socket as never as { server: Server };
    const { requestTimeout, headersTimeout } = server;
    Object.assign(server, { requestTimeout: 1, headersTimeout: 1 });
    req.socket.once('close', () => Object.assign(server, { requestTimeout, headersTimeout }));
    req.resume();
  },

  'half-closed': (req, res) => {
    req.socket.once('end', () => setImmediate(() => res.end(TEXT)));
  },

  'half-closed-later': (req, res) => {
    half(req, res);
    req.socket.once('end', () => setImmediate(() => res.end(' and the second')));
  },

  'half-open': (req, res) => {
    const { server } = req.socket as never as { server: { httpAllowHalfOpen: boolean } };
    server.httpAllowHalfOpen = true;
    req.socket.once('end', () => {
      server.httpAllowHalfOpen = false;
      setImmediate(() => res.end(TEXT));
    });
  },
};

function half(_req: IncomingMessage, res: ServerResponse): void {
  res.writeHead(200, { 'content-length': 1000 });
  res.write('the first half');
}

function upload(req: IncomingMessage): void {
  req.once('data', () => arrived(req));
}

/** The handler of `raw`. */
export function raw(req: IncomingMessage, res: ServerResponse): void {
  ACTS[pathOf(req).split('/').pop()!]!(req, res);
}
