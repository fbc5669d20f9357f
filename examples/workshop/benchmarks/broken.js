// The password's salt is not configured in this environment, so each request fails before there is anything to do.
import { pbkdf2Sync } from 'node:crypto';
import http from 'node:http';

http
  .createServer((_req, res) => {
    try {
      res.end(pbkdf2Sync('secret', process.env.SALT, 5000, 32, 'sha256').toString('hex'));
    } catch {
      res.writeHead(500).end('something went wrong, please try again later. It has been reported.\n');
    }
  })
  .listen(process.env.PORT ?? 3000);
