import { COLORS, FATE_COLORS } from '../colors.ts';
import { ANSWERED, BUCKETS_IN_ORDER, series } from '../influxql.ts';
import type { Section } from '../layout.ts';
import { bars, LOG, lines } from '../panels/charts.ts';
import { heatmap } from '../panels/heatmap.ts';
import { colored } from '../panels/panel.ts';
import { LINE_PARTS, MAX_READ } from '../sample.ts';
import { counts, durationLines, throughput } from './queries.ts';

const requests = lines({
  title: 'Throughput',
  description:
    'Requests that ended, per second. Only intervals that are completely in the time range are shown.',
  unit: 'reqps',
  queries: throughput,
  overrides: [colored('requests', COLORS.fine)],
});

const FAILURES = ['4xx', '5xx', 'aborted', 'rejected', 'unfinished'] as const;

const failures = bars({
  title: 'Errors and aborts',
  description:
    'How many requests in each interval. 4xx and 5xx were answered with such a status. aborted: the connection was lost before the response was sent. rejected: answered by Node itself, not by the application. unfinished: still open when the process ended.',
  unit: 'short',
  queries: FAILURES.map((name) =>
    counts(name, name.endsWith('xx') ? `"status" =~ /^${name[0]}/ AND ${ANSWERED}` : `"outcome" = '${name}'`),
  ),
  overrides: FAILURES.map((name) => colored(name, FATE_COLORS[name])),
});

const percentiles = lines(
  {
    title: 'Response time',
    description: `Median, 95th and 99th percentile of the requests that ended in each interval, on a logarithmic scale. Of more than ${MAX_READ.toLocaleString('en')} requests, those in ${LINE_PARTS} evenly spaced parts of the time range are read.`,
    unit: 's',
    maxDataPoints: 240,
    queries: [
      ['$col', durationLines(`${[50, 95, 99].map((p) => `percentile("v", ${p}) AS "p${p}"`).join(', ')}`)],
    ],
    overrides: (['p50', 'p95', 'p99'] as const).map((name) => colored(name, COLORS[name])),
  },
  // An interval may have no request, and of many requests only some intervals are read.
  { scaleDistribution: LOG, fillOpacity: 0, spanNulls: true },
);

const durations = heatmap(
  {
    title: 'Durations (of all routes, methods and statuses)',
    description:
      'How many requests in each interval took how long. It is read from request-metrics, which counts each request in one of fifteen buckets, so it is as fast for a million requests. The variables route, method and status have no effect.',
    unit: 'short',
    maxDataPoints: 180,
    queries: BUCKETS_IN_ORDER.map((bucket) => [
      '$tag_time_bucket',
      series('request-metrics', 'sum("application_time_bucket")', {
        where: bucket,
        group: ['time_bucket'],
        end: 'fill(0)',
      }),
    ]),
  },
  { unit: 's', label: 'from' },
);

export const traffic: Section = {
  title: 'When was it?',
  shelves: [
    {
      height: 8,
      panels: [
        [12, requests],
        [12, failures],
      ],
    },
    {
      height: 9,
      panels: [
        [12, percentiles],
        [12, durations],
      ],
    },
  ],
};
