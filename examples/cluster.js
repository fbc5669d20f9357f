// Four workers on one port. Each records its own requests; the tags `worker` and `process` distinguish them.
//   INFLUX_URL=http://localhost:8086 INFLUX_DATABASE=requests node examples/cluster.js
import cluster from 'node:cluster';
import http from 'node:http';
import { rawRequests } from 'raw-requests';

if (cluster.isPrimary) {
  for (let i = 0; i < 4; i++) cluster.fork();
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => cluster.disconnect());
} else {
  const record = rawRequests({ route: () => '/' });
  const server = http.createServer((req, res) => {
    record(req, res);
    res.end(`hello from worker ${cluster.worker.id}\n`);
  });
  const { PORT = 3000 } = process.env;
  server.listen(PORT, () =>
    console.log(`http://localhost:${server.address().port} worker ${cluster.worker.id}`),
  );
  process.on('SIGINT', () => {}); // Ctrl-C is sent to the workers as well, but the primary ends them.
}
