// An application for a process manager, which ends it with SIGINT.
import http from 'node:http';

http.createServer((_req, res) => res.end('ok')).listen(process.env.PORT, '127.0.0.1');
process.on('SIGINT', () => process.exit(0));
