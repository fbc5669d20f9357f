import type http from 'node:http';
import type { Socket } from 'node:net';
import { InfluxDB } from '@influxdata/influxdb-client';
import { guarded } from '../../safety/guard.ts';
import { registerAuthorization } from '../../safety/redact.ts';
import { after, cancel, wallNow } from '../../safety/time.ts';
import { connectionTo } from '../connect/connection.ts';
import { type Answer, readAnswer } from './answer.ts';
import type { Endpoint } from './endpoint.ts';
import { VIEW_HEADER } from './identify-listener.ts';
import { judge, type Reply, type Verdict } from './judge.ts';

/** Makes one attempt to write gzipped lines, and returns its verdict. Never throws or rejects. */
export interface Sender {
  send(body: Uint8Array): Promise<Verdict>;
  /** Closes the connection. */
  close(): void;
}

export interface SenderOptions {
  readonly destination: Endpoint;
  readonly timeoutMs: number;
  /** Whether an attempt keeps the process alive. @default false */
  readonly keepsProcessAlive?: boolean | undefined;
  /** Called for each answer of a live view. */
  readonly isView?: (() => void) | undefined;
}

/** Errors of a request on a keep-alive connection that the server has closed. */
const CLOSED = new Set(['ECONNRESET', 'EPIPE']);

/**
 * Creates a sender that uses the InfluxDB client only for a single HTTP exchange. The client's own buffering and
 * retries lose lines. It also leaves the socket of a timed-out request open, and parses responses of any length. Here
 * each attempt has a total deadline, after which its socket is destroyed, and a response is read as bytes only.
 */
export function createSender(options: SenderOptions): Sender {
  const { destination, timeoutMs, keepsProcessAlive = false, isView } = options;
  const { url, writePath, authorization } = destination;
  const connection = connectionTo(url, {
    keepAlive: true,
    maxSockets: 1,
    connectTimeoutMs: timeoutMs,
    keepsProcessAlive,
  });
  const { agent } = connection;
  let reused = false;
  let answer: Answer | undefined;
  let isClosed = false;
  const request: typeof http.request = (...args: unknown[]) => {
    const [options, onResponse] = args as [http.RequestOptions, (res: http.IncomingMessage) => void];
    const answered = (res: http.IncomingMessage) => {
      answer = readAnswer(res);
      if (VIEW_HEADER in res.headers) isView?.();
      onResponse(res);
    };
    const req = connection.request(options, guarded('an answer', answered));
    const failed = () => {
      reused = req.reusedSocket;
    };
    req.on('error', guarded('an attempt that fails', failed));
    if (!keepsProcessAlive) {
      req.on(
        'socket',
        guarded('the connection of an attempt', (socket: Socket) => socket.unref()),
      );
    }
    return req;
  };
  const { transport } = new InfluxDB({
    url: connection.base,
    timeout: timeoutMs,
    transportOptions: {
      agent,
      // The library's option for a custom `request` function.
      'follow-redirects': { http: { request }, https: { request } },
    },
  });
  const headers: Record<string, string> = {
    'content-type': 'text/plain; charset=utf-8',
    'content-encoding': 'gzip',
    'accept-encoding': 'identity',
  };
  if (authorization !== undefined) headers.authorization = authorization;
  registerAuthorization(authorization);

  const attempt = (body: Uint8Array) =>
    new Promise<Reply>((resolve) => {
      const deadline = new AbortController();
      const timer = after('the deadline of an attempt', timeoutMs, () => {
        deadline.abort();
        settle(); // in case that the abort had no effect
      });
      if (keepsProcessAlive) timer.ref();
      const settle = (error?: Error) => {
        cancel(timer);
        const timedOutMs = deadline.signal.aborted ? timeoutMs : undefined;
        resolve(answer ?? { error: error ?? new Error('no answer'), timedOutMs });
      };
      reused = false;
      answer = undefined;
      try {
        transport.send(
          writePath,
          // The declared type is string, but the library copies the body with `Buffer.from`, which accepts bytes as
          // well.
          body as unknown as string,
          { method: 'POST', headers, signal: deadline.signal },
          {
            complete: guarded('the end of an answer', () => settle()),
            error: guarded('an attempt that fails', settle),
          },
        );
      } catch (error) {
        settle(error as Error);
      }
    });

  const send = async (body: Uint8Array): Promise<Verdict> => {
    const reply = await attempt(body);
    const isStale = 'error' in reply && reused && CLOSED.has(reply.error.code ?? '');
    if (!isStale || isClosed) return judge(reply, wallNow());
    // The server had closed the idle connection, so this says nothing about its state. The request is sent again on a
    // new connection.
    const verdict = judge(await attempt(body), wallNow());
    return verdict.kind === 'retry' ? { ...verdict, maybeStored: true } : verdict;
  };
  const close = () => {
    isClosed = true;
    agent.destroy();
  };
  return { send, close };
}
