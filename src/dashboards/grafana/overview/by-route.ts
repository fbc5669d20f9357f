import { seriesOf } from '../influxql.ts';
import type { Section } from '../layout.ts';
import { bars, LOG, lines } from '../panels/charts.ts';
import { durationLines, ERROR, raw } from './queries.ts';

// A line for each route, and for each process.

const rates = lines({
  title: 'Throughput by route',
  description: 'Requests of each route that ended, per second.',
  unit: 'reqps',
  queries: [
    [
      '$tag_route',
      raw('count("application_time") * 1000 / $__interval_ms AS "requests"', undefined, ['route'], 'fill(0)'),
    ],
  ],
});

const slow = lines(
  {
    title: 'p95 by route',
    description:
      'The 95th percentile of the requests of each route that ended in each interval, on a logarithmic scale.',
    unit: 's',
    queries: [['$tag_route', durationLines('percentile("v", 95) AS "p95"', ['route'])]],
  },
  { scaleDistribution: LOG, fillOpacity: 0, spanNulls: true },
);

const byProcess = lines({
  title: 'Throughput by process',
  description:
    'Requests per second of each process, from request-metrics. Similar lines mean that the load is spread evenly.',
  unit: 'reqps',
  queries: [
    [
      '$tag_process',
      seriesOf('request-metrics', 'sum("each")', 'mean("request_throughput") AS "each"', {
        each: ['thread'],
        group: ['process'],
      }),
    ],
  ],
});

const errorsByProcess = bars({
  title: 'Errors by process',
  description: 'How many requests of each process were answered with a status 5xx in each interval.',
  unit: 'short',
  queries: [['$tag_process', raw('count("application_time") AS "errors"', ERROR, ['process'], 'fill(0)')]],
});

const loopByProcess = lines({
  title: 'Event loop delay by process',
  description:
    'The longest time for which the event loop of each process did nothing else, so that its requests waited.',
  unit: 's',
  queries: [
    [
      '$tag_process',
      seriesOf('request-metrics', 'max("each")', 'max("event_loop_delay_max") AS "each"', {
        each: ['thread'],
        group: ['process'],
      }),
    ],
  ],
});

export const byRoute: Section = {
  title: 'By route and by process',
  collapsed: true,
  shelves: [
    {
      height: 8,
      panels: [
        [12, rates],
        [12, slow],
      ],
    },
    {
      height: 8,
      panels: [
        [8, byProcess],
        [8, errorsByProcess],
        [8, loopByProcess],
      ],
    },
  ],
};
