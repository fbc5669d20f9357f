import http from 'node:http';

http.createServer((_req, res) => res.end('hello\n')).listen(process.env.PORT ?? 3000);
