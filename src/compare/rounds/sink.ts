import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';

/** Bytes of a body that is kept; more of one is not what a writer of this data model sends. */
const MAX_BODY_BYTES = 32 * 2 ** 20;

/** A body of line protocol as it was sent. */
export interface Written {
  readonly bytes: Buffer;
  readonly isZipped: boolean;
  /** ns of the unit of its timestamps. */
  readonly precision: string | undefined;
}

/**
 * Takes what the sides write, as InfluxDB does, and keeps it. It is read after the round, so that reading it takes no CPU
 * while there is load.
 */
export class Sink {
  readonly #server: http.Server;
  #written: Written[] = [];
  #onWrite: (() => void) | undefined;

  private constructor(server: http.Server) {
    this.#server = server;
  }

  static async start(): Promise<Sink> {
    const server = http.createServer((req, res) => sink.#answer(req, res));
    const sink = new Sink(server);
    server.keepAliveTimeout = 60_000;
    await once(server.listen(0, '127.0.0.1'), 'listening');
    return sink;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** What was written since the last call. */
  take(): Written[] {
    const written = this.#written;
    this.#written = [];
    return written;
  }

  /** Resolves when something is there to {@link take}, or after `timeoutMs`. */
  next(timeoutMs: number): Promise<void> {
    if (this.#written.length > 0) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, timeoutMs);
      this.#onWrite = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  #answer(req: http.IncomingMessage, res: http.ServerResponse): void {
    const { pathname, searchParams } = new URL(req.url ?? '/', 'http://sink');
    if (req.method !== 'POST' || !/^\/(?:write|api\/v2\/write|api\/v3\/write_lp)$/.test(pathname)) {
      res.writeHead(req.method === 'GET' && pathname === '/ping' ? 204 : 404).end();
      return;
    }
    const parts: Buffer[] = [];
    let length = 0;
    req.on('data', (part: Buffer) => {
      length += part.length;
      if (length <= MAX_BODY_BYTES) parts.push(part);
    });
    req.on('end', () => {
      if (length > MAX_BODY_BYTES) return void res.writeHead(413).end();
      const isZipped = req.headers['content-encoding'] === 'gzip';
      const precision = searchParams.get('precision') ?? undefined;
      this.#written.push({ bytes: Buffer.concat(parts), isZipped, precision });
      res.writeHead(204).end();
      this.#onWrite?.();
    });
    req.on('error', () => {});
  }
}
