// I/O-bound: each request waits 10 ms for something else, such as a database.
import http from 'node:http';

http
  .createServer((_req, res) => setTimeout(() => res.end('x'.repeat(64)), 10))
  .listen(process.env.PORT ?? 3000);
