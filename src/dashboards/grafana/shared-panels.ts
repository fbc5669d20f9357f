import { BEFORE, totalOf } from './influxql.ts';
import type { Draft } from './model.ts';
import { compared, gauge } from './panels/figures.ts';

// Panels that several dashboards use.

/** A gauge of the throughput in the last complete interval, for a query of `requests` per second. */
export function throughputGauge(query: string): Draft {
  return gauge({
    title: 'Throughput now',
    description:
      'Requests per second in the last complete interval. Full scale is the highest visible interval.',
    unit: 'reqps',
    decimals: 1,
    queries: [['requests', query]],
  });
}

/**
 * The number of requests missing in `sequence`. Filters by service, host and process only, since a gap has no route, method or
 * status. Points without a sequence, which other programs write, say nothing about it.
 */
export function missingRequests(title: string, description: string): Draft {
  return compared(
    { title, description, unit: 'locale', decimals: 0, thresholds: [1, 1], noValue: 'not known' },
    (before) =>
      totalOf(
        'raw-requests',
        'sum("missing") AS "missing"',
        'last("sequence") - first("sequence") + 1 - count("sequence") AS "missing"',
        { by: ['hostname', 'process'], ...(before ? { time: BEFORE } : {}) },
      ),
  );
}
