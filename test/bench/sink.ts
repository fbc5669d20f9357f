import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { serve } from './process.ts';

/** What came in since the last question. */
export interface Received {
  readonly url: string;
  readonly writes: number;
  readonly bytes: number;
}

// Stands in for the database: takes writes and throws them away, so that a database's CPU is not in the figures.

let writes = 0;
let bytes = 0;

// A kept connection is never closed on the sender, as little as a database does between two writes.
const server = http.createServer({ keepAliveTimeout: 0 }, (req, res) => {
  req.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
  });
  req.on('end', () => {
    writes++;
    res.writeHead(204).end();
  });
});
if (process.send !== undefined) {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;

  serve((): Received => {
    const received = { url: `http://127.0.0.1:${port}`, writes, bytes };
    writes = 0;
    bytes = 0;
    return received;
  });
}
