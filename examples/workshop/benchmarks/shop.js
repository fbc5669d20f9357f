// Two routes: a page, and an export of rows that were collected before.
import http from 'node:http';
import { work } from './work.js';

const rows = 'a row\n'.repeat(1000);

http
  .createServer((req, res) => {
    if (req.url === '/export') return res.end(rows);
    work(1);
    res.end('a page\n');
  })
  .listen(process.env.PORT ?? 3000);
