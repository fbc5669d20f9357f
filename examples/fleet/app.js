// The application of one host. It sends itself RATE requests a second, until SIGTERM. Then it closes as a server should: no more
// connections first, then the recorder, which delivers the rest.
import http from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { rawRequests } from 'raw-requests';

const { HOST, RATE = '100' } = process.env;
const TICK_MS = 20;

const record = rawRequests({ hostname: HOST, route: () => '/items/:id' });
const server = http.createServer(async (req, res) => {
  record(req, res);
  await sleep(5 + 20 * Math.random());
  res.end('{"price":12.5}\n');
});
server.listen(0, '127.0.0.1');

const agent = new http.Agent({ keepAlive: true, maxSockets: 50 });
const began = performance.now();
let sent = 0;
const load = setInterval(() => {
  const due = Math.floor(((performance.now() - began) / 1000) * Number(RATE));
  for (; sent < due; sent++) {
    const { port } = server.address();
    http
      .get({ host: '127.0.0.1', port, path: `/items/${sent}`, agent }, (res) => res.resume())
      .on('error', console.error);
  }
}, TICK_MS);

process.once('SIGTERM', async () => {
  clearInterval(load);
  await sleep(500);
  agent.destroy();
  await new Promise((closed) => server.close(closed));
  await record.close();
  console.log(JSON.stringify({ host: HOST, ...record.stats() }));
});
