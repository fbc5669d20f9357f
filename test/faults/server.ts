import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import type { RawRequests, Stats } from '../../src/index.ts';

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

/** A recorded server, whose ledger is looked at many times a second. */
export async function serve(record: RawRequests) {
  let served = 0;
  let broken: string | undefined;
  const server = http.createServer((req, res) => {
    served++;
    record(req, res);
    res.end('ok');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  const sample = (): Sample => {
    const stats = record.stats();
    if (!addsUp(stats)) broken ??= JSON.stringify(stats);
    return { pid: process.pid, served, rss: process.memoryUsage.rss(), broken, ...stats };
  };
  const timer = setInterval(sample, SAMPLE_MS).unref();
  return {
    port: (server.address() as AddressInfo).port,
    sample,
    close: async () => {
      clearInterval(timer);
      server.close();
      server.closeAllConnections();
      await record.close();
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
