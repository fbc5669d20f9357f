import { BUCKETS_IN_ORDER, DRAWN, MAX_DOTS, SLOWEST, series, total } from '../influxql.ts';
import type { Section } from '../layout.ts';
import type { Draft } from '../model.ts';
import { dots, heatmap, lines, stat } from '../panels.ts';
import { missingRequests } from '../shared-panels.ts';
import { count, raw } from './queries.ts';

const LOG = { type: 'log', log: 10 } as const;

const DOTS = MAX_DOTS.toLocaleString('en');
const SAMPLED = `Up to ${DOTS} requests are all drawn. Of more requests, an even sample of about ${DOTS} is drawn, and the slowest ${SLOWEST}; "Drawn as dots" is then lower than "Requests in range". Zoom in to see all.`;

const percentiles = lines(
  {
    title: 'Percentiles',
    description:
      'Median, 99th percentile and maximum of the requests that ended in each interval. A large distance between them means that response times vary widely.',
    unit: 's',
    queries: [
      [
        '$col',
        raw(
          'percentile("application_time", 50) AS "p50", percentile("application_time", 99) AS "p99", max("application_time") AS "slowest"',
        ),
      ],
    ],
  },
  { scaleDistribution: LOG, fillOpacity: 0 },
);

const eachRequest = dots(
  {
    title: `Each request (a sample above ${DOTS})`,
    description: `Each dot is a request, at the time when it ended. Its height is how long the request took, on a logarithmic scale. ${SAMPLED}`,
    unit: 's',
    queries: [['request', total('raw-requests', '"application_time"', { where: DRAWN })]],
  },
  LOG,
);

const eachBySlot = dots(
  {
    title: `Each request by slot (a sample above ${DOTS})`,
    description: `Each dot is a request, at the time when it ended. Its height is its slot: the lowest slot that was free when it started. So the highest dots show how many requests were handled concurrently. ${SAMPLED}`,
    unit: 'none',
    min: 0,
    decimals: 0,
    queries: [['slot', total('raw-requests', '"slot"', { where: DRAWN })]],
  },
  { type: 'linear' },
);

const counters: Draft[] = [
  stat({
    title: 'Requests in range',
    description: 'Requests in the time range that the variables select.',
    unit: 'locale',
    decimals: 0,
    queries: [['in range', count()]],
  }),
  stat({
    title: 'Drawn as dots',
    description: `The number of dots in "Each request". ${SAMPLED}`,
    unit: 'locale',
    decimals: 0,
    queries: [['drawn', count(DRAWN)]],
  }),
  missingRequests(
    'Missing',
    'Requests that were recorded but are not in the database, between the first and the last one in the time range. They are gaps in `sequence`, which numbers the requests of a process and thread. The variables route, method and status have no effect. The dashboard Delivery shows the reasons.',
  ),
];

const durations = heatmap(
  {
    title: 'Durations (of all routes, methods and statuses)',
    description:
      'The distribution of response times in each interval, of all requests. It is read from request-metrics, which counts each request in one of fifteen buckets, so it is as fast for a million requests. The variables route, method and status have no effect.',
    unit: 'short',
    queries: BUCKETS_IN_ORDER.map((where) => [
      '$tag_time_bucket',
      series('request-metrics', 'sum("application_time_bucket")', {
        where,
        group: ['time_bucket'],
        end: 'fill(0)',
      }),
    ]),
  },
  { unit: 's', label: 'from' },
);

export const eachRequestSection: Section = {
  title: 'Each request',
  shelves: [
    {
      height: 12,
      panels: [
        [21, eachRequest],
        [3, ...counters],
      ],
    },
    { height: 8, panels: [[24, eachBySlot]] },
    {
      height: 8,
      panels: [
        [12, durations],
        [12, percentiles],
      ],
    },
  ],
};
