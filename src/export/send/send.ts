import http from 'node:http';
import https from 'node:https';
import { HttpError, InfluxDB } from '@influxdata/influxdb-client';
import type { WorkerSetup } from '../../record/protocol.ts';
import { judge, type Reply, type Verdict } from './judge.ts';

export type Send = (body: Uint8Array) => Promise<Verdict>;

export interface SendSetup extends Pick<WorkerSetup, 'timeoutMs'> {
  readonly destination: Omit<WorkerSetup['destination'], 'isView'>;
  /** Whether an attempt keeps the process alive: not in the application's, on whichever thread. Default: false. */
  readonly holdsProcess?: boolean;
}

/** Of an answer, no more than this is read, in bytes. */
const LONGEST_ANSWER = 65_536;

/** What a request meets on a kept connection that its server has closed meanwhile. */
const CLOSED = new Set(['ECONNRESET', 'EPIPE']);

/**
 * Returns a function that makes one attempt to write gzipped lines to InfluxDB. It never throws or rejects.
 *
 * The client library serves for the single HTTP exchange alone: its own buffering and retries lose lines, it leaves the
 * socket of a timed-out request open, and it reads answers of any length. Here each attempt has a total deadline, after
 * which its socket is destroyed, and answers are bounded.
 */
export function createSend({ destination, timeoutMs, holdsProcess = false }: SendSetup): Send {
  const { url, writePath, authorization } = destination;
  const api = url.startsWith('https:') ? https : http;
  let reused = false;
  const request: typeof http.request = (...args: unknown[]) => {
    const [options, onResponse] = args as [http.RequestOptions, (res: http.IncomingMessage) => void];
    const req = api.request(options, (res) => {
      bound(res);
      onResponse(res);
    });
    req.on('error', () => {
      reused = req.reusedSocket;
    });
    if (!holdsProcess) req.on('socket', (socket) => socket.unref());
    return req;
  };
  const { transport } = new InfluxDB({
    url,
    timeout: timeoutMs,
    transportOptions: {
      // Certificates are checked, on whichever thread: NODE_TLS_REJECT_UNAUTHORIZED is the application's.
      agent: new api.Agent({ keepAlive: true, maxSockets: 1, rejectUnauthorized: true }),
      // How the library lets its user make the requests.
      'follow-redirects': { http: { request }, https: { request } },
    },
  });
  const headers: Record<string, string> = {
    'content-type': 'text/plain; charset=utf-8',
    'content-encoding': 'gzip',
    'accept-encoding': 'identity',
  };
  if (authorization !== undefined) headers.authorization = authorization;

  const attempt = (body: Uint8Array) =>
    new Promise<Reply>((resolve) => {
      const deadline = new AbortController();
      const timer = setTimeout(() => deadline.abort(), timeoutMs);
      if (!holdsProcess) timer.unref();
      let status = 0;
      let retryAfter: string | undefined;
      const settle = (reply: Reply) => {
        clearTimeout(timer);
        resolve(reply);
      };
      const fail = (error: Error) => {
        if (error instanceof HttpError) settle({ status, retryAfter, said: saidBy(error) });
        else if (status !== 0) settle({ status, retryAfter });
        else settle({ error, timedOutMs: deadline.signal.aborted ? timeoutMs : undefined });
      };
      reused = false;
      try {
        transport.send(
          writePath,
          // The library declares a string but copies the body with `Buffer.from`, which takes bytes as well.
          body as unknown as string,
          { method: 'POST', headers, signal: deadline.signal },
          {
            responseStarted: (head, code = 0) => {
              status = code;
              retryAfter = head['retry-after'] as string | undefined;
            },
            complete: () => settle({ status, retryAfter }),
            error: fail,
          },
        );
      } catch (error) {
        fail(error as Error);
      }
    });

  return async (body) => {
    const reply = await attempt(body);
    const stale = 'error' in reply && reused && CLOSED.has(reply.error.code ?? '');
    if (!stale) return judge(reply, Date.now());
    // The server had closed the kept connection while nothing was sent: no news, and a new connection tells.
    const verdict = judge(await attempt(body), Date.now());
    return verdict.kind === 'retry' ? { ...verdict, uncertain: true } : verdict;
  };
}

/** Takes no more of an answer than there is use for, and takes it as it is: what it may unpack to has no bound. */
function bound(res: http.IncomingMessage): void {
  delete res.headers['content-encoding'];
  let bytes = 0;
  res.on('data', (chunk: Buffer) => {
    bytes += chunk.byteLength;
    if (bytes > LONGEST_ANSWER) res.destroy();
  });
}

/** InfluxDB 1.x says `error`, 2.x and 3.x `message`. */
function saidBy({ json, body }: HttpError): string {
  return String(json?.error ?? json?.message ?? body ?? '');
}
