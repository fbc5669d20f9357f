import { performance } from 'node:perf_hooks';
import { InfluxDB, Point } from '@influxdata/influxdb-client';
import onFinished from 'on-finished';
import type { Middleware, Parts } from '../servers.ts';

/** The library that tells when a response is complete, alone. */
export function onFinishedAlone(): Parts {
  const finished = { count: 0 };
  const middleware: Middleware = (_req, res, next) => {
    onFinished(res, () => {
      finished.count++;
    });
    next?.();
  };
  return { middleware };
}

/** What one would write without this package: a point per request, with the client of the database. */
export function writePoint(url: string): Parts {
  const api = new InfluxDB({ url, token: 'none' }).getWriteApi('org', 'bench', 'ns', { flushInterval: 1000 });
  const middleware: Middleware = (req, res, next) => {
    const start = performance.now();
    onFinished(res, () => {
      const point = new Point('request')
        .tag('method', req.method!)
        .tag('status', String(res.statusCode))
        .floatField('time', (performance.now() - start) / 1e3);
      api.writePoint(point);
    });
    next?.();
  };
  return { middleware };
}
