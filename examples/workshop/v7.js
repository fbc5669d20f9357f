// v7: aggregated metrics. The same requests as a histogram for Prometheus, at /metrics. Every two seconds, something
// blocks the event loop for 0.3 s.
import http from 'node:http';
import { register } from 'prom-client';
import { rawRequests } from 'raw-requests';
import { prometheusMetrics } from 'raw-requests/prometheus';
import { app, routeOf } from './app.js';

const record = rawRequests({ route: routeOf, ignore: ['/metrics'] });
const metrics = prometheusMetrics({ register });

http
  .createServer((req, res) => {
    record(req, res);
    return req.url === '/metrics' ? metrics.handler(req, res) : app(req, res);
  })
  .listen(process.env.PORT ?? 3000);

setInterval(() => {
  const end = performance.now() + 300;
  while (performance.now() < end);
}, 2000);
