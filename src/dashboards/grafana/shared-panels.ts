import { totalOf } from './influxql.ts';
import type { Draft } from './model.ts';
import { gauge, stat } from './panels.ts';

// Panels that several dashboards have.

/** The rate of the last whole interval of a query that gives `requests` per second. */
export function throughputGauge(query: string): Draft {
  return gauge({
    title: 'Throughput now',
    description:
      'Requests per second in the last whole interval. Full scale is the busiest interval in sight.',
    unit: 'reqps',
    decimals: 1,
    queries: [['requests', query]],
  });
}

/** Gaps in `sequence`, of the service, hosts and processes chosen: it knows no route, method or status. */
export function missingRequests(title: string, description: string): Draft {
  return stat({
    title,
    description,
    unit: 'locale',
    decimals: 0,
    thresholds: [1, 1],
    queries: [
      [
        'missing',
        totalOf(
          'raw-requests',
          'sum("missing") AS "missing"',
          'max("sequence") - min("sequence") + 1 - count("sequence") AS "missing"',
          { by: ['hostname', 'process'] },
        ),
      ],
    ],
  });
}
