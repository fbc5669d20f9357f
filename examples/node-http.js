// Plain node:http has no routes. The option `route` names them, so that not every id is a separate route.
//   INFLUX_URL=http://localhost:8086 INFLUX_DATABASE=requests node examples/node-http.js
import http from 'node:http';
import { rawRequests } from 'raw-requests';

function route(req) {
  if (req.url === '/') return '/';
  if (req.url.startsWith('/items/')) return '/items/:id';
}

const record = rawRequests({ route });
const server = http.createServer((req, res) => {
  record(req, res);
  res.end('hello\n');
});
server.listen(process.env.PORT ?? 3000, () =>
  console.log(`http://localhost:${server.address().port}/items/42`),
);

for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => server.close());
