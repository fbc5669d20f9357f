// A server whose answers stay open until it is told: every other one has sent its head and a first piece, as a stream of
// events has; the rest has sent nothing yet, as a long poll has.
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { rawRequests } from '../../src/index.ts';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

const record = rawRequests();
const open: http.ServerResponse[] = [];
const server = http.createServer((req, res) => {
  record(req, res);
  if (req.url === '/events') res.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: 1\n\n');
  open.push(res);
});
server.listen({ port: 0, host: '127.0.0.1', backlog: 1024 });
await once(server, 'listening');

const say = (message: object) => process.send?.(message);
process.on('message', async (message) => {
  if (message === 'measure') {
    collect();
    const { heapUsed, external, rss } = process.memoryUsage();
    say({ open: open.length, bytes: heapUsed + external, rss, stats: record.stats() });
  } else if (message === 'end') {
    for (const res of open.splice(0)) res.end('data: 2\n\n');
  } else if (message === 'flush') {
    await record.flush();
    say({ stats: record.stats() });
  }
});
process.on('disconnect', () => process.exit(0));
say({ port: (server.address() as AddressInfo).port });
