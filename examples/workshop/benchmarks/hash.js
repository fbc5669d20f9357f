// CPU-bound: one process hashes a password for each request, and does nothing else meanwhile.
import { pbkdf2Sync } from 'node:crypto';
import http from 'node:http';

http
  .createServer((_req, res) => res.end(pbkdf2Sync('secret', 'salt', 5000, 32, 'sha256').toString('hex')))
  .listen(process.env.PORT ?? 3000);
