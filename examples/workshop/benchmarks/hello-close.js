// The same answer, but each connection is closed after it.
import http from 'node:http';

http
  .createServer((_req, res) => {
    res.shouldKeepAlive = false;
    res.end('hello\n');
  })
  .listen(process.env.PORT ?? 3000);
