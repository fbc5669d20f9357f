// What / of app.py does: works for 2 ms, and waits 10 ms.
import http from 'node:http';
import { work } from '../benchmarks/work.js';

http
  .createServer((_req, res) => {
    work(2);
    setTimeout(() => res.end('hello\n'), 10);
  })
  .listen(process.env.PORT ?? 3000);
