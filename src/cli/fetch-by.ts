import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { connectionTo, socketPathOf } from '../export/connect/connection.ts';
import { proxyFor } from '../export/connect/proxy.ts';

interface Request {
  readonly method: string;
  readonly headers: Record<string, string>;
  readonly signal: AbortSignal;
}

const CONNECT_TIMEOUT_MS = 10_000;

/** The address for requests, without slashes at the end. */
export function baseOf(address: string): string {
  return socketPathOf(address) === undefined ? address.replace(/\/+$/, '') : 'http://localhost';
}

/** Whether `fetch` cannot reach an address: that of a Unix socket, or one behind a proxy of the environment. */
export function needsOwnConnection(address: string): boolean {
  return socketPathOf(address) !== undefined || proxyFor(address, process.env) !== undefined;
}

/** `fetch` by the connection to an address. */
export function fetchBy(address: string, url: URL, { method, headers, signal }: Request): Promise<Response> {
  const { request, agent } = connectionTo(address, {
    connectTimeoutMs: CONNECT_TIMEOUT_MS,
    keepsProcessAlive: true,
  });
  return new Promise((resolve, reject) => {
    const answered = (res: IncomingMessage) => {
      const status = res.statusCode ?? 500;
      const hasBody = status !== 204 && status !== 304;
      if (!hasBody) res.resume();
      resolve(new Response(hasBody ? (Readable.toWeb(res) as ReadableStream) : null, { status }));
    };
    request(url, { method, headers, signal, agent }, answered).on('error', reject).end();
  });
}
