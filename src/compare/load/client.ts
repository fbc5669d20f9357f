import http from 'node:http';
import type { RequestPlan } from '../plan/plan.ts';
import type { LoadOrder } from './messages.ts';

/** How a request ended: with a status, or with an error. Times are those of the monotonic clock, ms. */
export type Ending =
  | { readonly status: number; readonly size: number; readonly sentMs: number; readonly endMs: number }
  | { readonly error: string };

/** Sends requests to one server, over connections that are kept or not. */
export class Client {
  /** Connections opened so far. */
  opened = 0;
  readonly httpVersions: Set<string> = new Set();
  readonly encodings: Set<string> = new Set();
  readonly #agent: http.Agent;
  readonly #sockets = new WeakSet<object>();
  readonly #options: readonly http.RequestOptions[];
  readonly #bodies: readonly (string | undefined)[];

  constructor({ url, mix, connections, keepAlive, timeout }: LoadOrder) {
    const { hostname, port } = new URL(url);
    // The connection that has waited longest is next, so that all of them, and all processes behind them, are used.
    // With a bound on its connections, an agent keeps them for requests that wait, whatever `keepAlive` says.
    const maxSockets = keepAlive ? connections : Number.POSITIVE_INFINITY;
    this.#agent = new http.Agent({ keepAlive, maxSockets, scheduling: 'fifo', noDelay: true });
    const base = { hostname, port, agent: this.#agent, timeout: timeout * 1000 };
    this.#options = mix.map((one) => ({
      ...base,
      path: one.path,
      method: one.method,
      headers: headersOf(one),
    }));
    this.#bodies = mix.map(({ body }) => body);
  }

  /**
   * Sends a request and reads its response to the end.
   *
   * @param dueMs wall time at which it was due: the server learns it from `X-Request-Start`, so that its `queue_time`
   * is what a client waits before the server sees the request
   */
  send(request: number, dueMs: number, done: (ending: Ending) => void): void {
    this.#attempt(request, dueMs, true, done);
  }

  close(): void {
    this.#agent.destroy();
  }

  #attempt(request: number, dueMs: number, mayRepeat: boolean, done: (ending: Ending) => void): void {
    const options = this.#options[request]!;
    const sentMs = performance.now();
    let isOver = false;
    let isReused = false;
    const end = (ending: Ending): void => {
      if (isOver) return;
      isOver = true;
      done(ending);
    };
    const headers = { ...options.headers, 'x-request-start': `t=${dueMs.toFixed(3)}` };
    const req = http.request({ ...options, headers }, (res) => {
      this.httpVersions.add(res.httpVersion);
      this.encodings.add(res.headers['content-encoding'] ?? 'identity');
      let size = 0;
      res.on('data', (chunk: Buffer) => {
        size += chunk.length;
      });
      res.on('end', () => end({ status: res.statusCode!, size, sentMs, endMs: performance.now() }));
      res.on('error', (error: NodeJS.ErrnoException) => end({ error: error.code ?? error.message }));
      res.on('close', () => end({ error: 'the response was cut off' }));
    });
    req.on('socket', (socket) => {
      // `reusedSocket` is false as well for a request that waited until a connection was free.
      isReused = this.#sockets.has(socket);
      if (!isReused) this.opened++;
      this.#sockets.add(socket);
    });
    req.on('timeout', () => {
      end({ error: 'no answer in time' });
      req.destroy();
    });
    req.on('error', (error: NodeJS.ErrnoException) => {
      // The server has closed an idle connection just when it was used again: the request was not seen.
      if (!isOver && mayRepeat && isReused && error.code === 'ECONNRESET') {
        isOver = true;
        return this.#attempt(request, dueMs, false, done);
      }
      end({ error: error.code ?? error.message });
    });
    req.end(this.#bodies[request]);
  }
}

function headersOf({ headers, body }: RequestPlan): http.OutgoingHttpHeaders {
  return body === undefined ? headers : { ...headers, 'content-length': Buffer.byteLength(body) };
}
