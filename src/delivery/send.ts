import http from 'node:http';
import https from 'node:https';
import { HttpError, InfluxDB } from '@influxdata/influxdb-client';
import type { WorkerSetup } from '../record/protocol.ts';
import { retryAfter } from './retry.ts';

/** What one attempt to write came to. */
export type Result =
  | { readonly kind: 'stored' }
  /** The server stored all but `lines` of them; it says why. */
  | { readonly kind: 'partial'; readonly lines: number; readonly reason: string }
  /** Worth another attempt. `uncertain`: the server may have stored it all the same. */
  | {
      readonly kind: 'retry';
      readonly reason: string;
      readonly afterMs: number;
      readonly uncertain: boolean;
      /** The connection was closed without an answer. */
      readonly closed?: boolean;
    }
  /** Refused for good. */
  | { readonly kind: 'reject'; readonly reason: string };

export type Send = (body: Uint8Array) => Promise<Result>;

/**
 * Returns a function that makes one attempt to write to InfluxDB. It never throws or rejects.
 *
 * The client library serves for the single HTTP exchange alone: its own buffering and retries lose lines, and it leaves
 * the socket of a timed-out request open. Here each attempt has a total deadline, after which its socket is destroyed.
 */
export function createSend({ destination, timeoutMs }: Pick<WorkerSetup, 'destination' | 'timeoutMs'>): Send {
  const { url, writePath, authorization } = destination;
  const { Agent } = url.startsWith('https:') ? https : http;
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const { transport } = new InfluxDB({ url, timeout: timeoutMs, transportOptions: { agent } });

  const attempt: Send = (body) =>
    new Promise((resolve) => {
      const deadline = new AbortController();
      const timer = setTimeout(() => deadline.abort(), timeoutMs);
      const settle = (result: Result) => {
        clearTimeout(timer);
        resolve(result);
      };
      const fail = (error: unknown) =>
        settle(
          deadline.signal.aborted
            ? { kind: 'retry', reason: `no answer within ${timeoutMs} ms`, afterMs: 0, uncertain: true }
            : judge(error),
        );
      const headers: Record<string, string> = {
        'content-type': 'text/plain; charset=utf-8',
        'content-encoding': 'gzip',
      };
      if (authorization !== undefined) headers.authorization = authorization;
      try {
        transport.send(
          writePath,
          // The library declares a string but copies the body with `Buffer.from`, which takes bytes as well.
          body as unknown as string,
          { method: 'POST', headers, signal: deadline.signal },
          { complete: () => settle({ kind: 'stored' }), error: fail },
        );
      } catch (error) {
        fail(error);
      }
    });

  return async (body) => {
    const reused = Object.keys(agent.freeSockets).length > 0;
    const result = await attempt(body);
    if (result.kind !== 'retry' || !result.closed || !reused) return result;
    // The server had closed the kept connection while nothing was sent: no news, and a new connection tells.
    const second = await attempt(body);
    return second.kind === 'retry' ? { ...second, uncertain: true } : second;
  };
}

/** Errors before which the server cannot have seen the whole request. */
const NEVER_SENT = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EPROTO',
]);

/** What a request meets on a connection that its server has closed. */
const CLOSED = new Set(['ECONNRESET', 'EPIPE']);

function judge(error: unknown): Result {
  if (!(error instanceof HttpError)) {
    const { code, message } = error as NodeJS.ErrnoException;
    const uncertain = !NEVER_SENT.has(code ?? '');
    const closed = CLOSED.has(code ?? '');
    return { kind: 'retry', reason: message || code || String(error), afterMs: 0, uncertain, closed };
  }
  const { statusCode, statusMessage, json, body } = error;
  // 1.x says `error`, 2.x and 3.x `message`.
  const said = json?.error ?? json?.message ?? body ?? '';
  const reason = `${statusCode} ${statusMessage ?? ''}: ${said}`.trim().slice(0, 300);
  if (isRetryable(statusCode)) {
    const asked = error.headers?.['retry-after'];
    const afterMs = retryAfter(typeof asked === 'string' ? asked : undefined, Date.now());
    return { kind: 'retry', reason, afterMs, uncertain: statusCode >= 500 && statusCode !== 503 };
  }
  const dropped = /partial write: .*dropped=(\d+)/s.exec(String(said));
  return dropped === null
    ? { kind: 'reject', reason }
    : { kind: 'partial', lines: Number(dropped[1]), reason };
}

/** What passes, and what an operator can repair: credentials, permissions, a database that is not there yet. */
function isRetryable(status: number): boolean {
  return status >= 500 || [401, 403, 404, 408, 425, 429].includes(status);
}
