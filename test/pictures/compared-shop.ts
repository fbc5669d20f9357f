// A server for the pictures of `compare`: one route is quick, one waits for a database, and one may block the event loop.
import cluster from 'node:cluster';
import http from 'node:http';

const { WORKERS = '0', BLOCK_MS = '0', PORT } = process.env;

function work(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

if (cluster.isPrimary && Number(WORKERS) > 0) {
  for (let i = 0; i < Number(WORKERS); i++) cluster.fork();
} else {
  http
    .createServer((req, res) => {
      const isReport = req.url === '/report';
      work(isReport ? 1 + 2 * Math.random() : 0.5);
      const waits = isReport ? 20 + 20 * Math.random() : 2 + 4 * Math.random();
      setTimeout(() => res.end('a line of a shop\n'.repeat(20)), waits);
    })
    .listen(PORT);
  if (Number(BLOCK_MS) > 0) setInterval(() => work(Number(BLOCK_MS)), 500);
}
