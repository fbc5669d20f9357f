// The same hash in Node's thread pool: requests are accepted while others are hashed, on all cores.
import { pbkdf2 } from 'node:crypto';
import http from 'node:http';

http
  .createServer((_req, res) => {
    pbkdf2('secret', 'salt', 5000, 32, 'sha256', (_error, hash) => res.end(hash.toString('hex')));
  })
  .listen(process.env.PORT ?? 3000);
