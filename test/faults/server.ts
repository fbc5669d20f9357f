import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import type { RawRequests, Stats } from '../../src/index.ts';
import { NO_STATS } from '../../src/record/ledger.ts';

/** What a server under test says of itself. */
export interface Sample extends Stats {
  readonly pid: number;
  /** Requests that the server itself has counted. */
  readonly served: number;
  readonly rss: number;
  /** The first time that the ledger did not add up. */
  readonly broken: string | undefined;
}

const SAMPLE_MS = 10;

/** A request says itself which route it is for. */
export function route(req: http.IncomingMessage): string | undefined {
  return req.headers['x-route'] as string | undefined;
}

/** How the library comes into an application; or that it does not. */
export type Door = 'middleware' | 'register' | 'none';

/** A server, whose ledger is looked at many times a second, if it is recorded. */
export async function serve(door: Door, record: RawRequests | undefined) {
  let served = 0;
  let broken: string | undefined;
  const server = http.createServer((req, res) => {
    served++;
    if (door === 'middleware') record?.(req, res);
    if (req.url === '/file') void sendFile(res);
    else res.end('ok');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  const sample = (): Sample => {
    const stats = record?.stats() ?? NO_STATS;
    if (!addsUp(stats)) broken ??= JSON.stringify(stats);
    return { pid: process.pid, served, rss: rss(), broken, ...stats };
  };
  const timer = setInterval(sample, SAMPLE_MS).unref();
  return {
    port: (server.address() as AddressInfo).port,
    sample,
    close: async () => {
      clearInterval(timer);
      server.close();
      server.closeAllConnections();
      await record?.close();
    },
  };
}

export function addsUp({
  recorded,
  acknowledged,
  queued,
  spooled,
  dropped,
  unknown,
  rejected,
}: Stats): boolean {
  return recorded === acknowledged + queued + spooled + dropped + unknown + rejected;
}

/** Answers with what is in a file, or why it cannot be read. */
async function sendFile(res: http.ServerResponse): Promise<void> {
  try {
    res.end(await readFile(new URL(import.meta.url)));
  } catch (error) {
    res.writeHead(503).end((error as NodeJS.ErrnoException).code);
  }
}

/** It is read from a file: without a descriptor left, it is not known. */
function rss(): number {
  try {
    return process.memoryUsage.rss();
  } catch {
    return 0;
  }
}
