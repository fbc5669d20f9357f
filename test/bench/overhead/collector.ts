import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { serve } from '../process.ts';

/** Bytes of bodies that have come in at a port. */
export interface Collected {
  readonly port: number;
  readonly bytes: number;
}

// Stands in for the databases and collectors of all variants, each with its own port: takes what is sent and throws it
// away, so that the CPU time of a database is not in the figures.

const bytesOf = new Map<number, number>();

/** What Elastic's agent asks for at its start. */
const VERSION = JSON.stringify({ version: '8.15.0' });

async function open(): Promise<number> {
  let bytes = 0;
  let port = 0;
  // An idle connection is not closed: no sender may find that its kept connection is lost.
  const server = http.createServer({ keepAliveTimeout: 0 }, (req, res) => {
    req.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
    });
    req.on('end', () => {
      bytesOf.set(port, bytes);
      if (/^\/(?:api\/v2\/)?write\b/.test(req.url ?? '')) res.writeHead(204).end();
      else if (req.url?.startsWith('/intake')) res.writeHead(202).end();
      else res.setHeader('Content-Type', 'application/json').end(req.url === '/' ? VERSION : '{}');
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  ({ port } = server.address() as AddressInfo);
  return port;
}

/** A question is a port; 0 opens another one. */
serve(async (asked: number): Promise<Collected> => {
  const port = asked || (await open());
  return { port, bytes: bytesOf.get(port) ?? 0 };
});
