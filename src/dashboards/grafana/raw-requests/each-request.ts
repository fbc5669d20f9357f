import { BUCKETS_IN_ORDER, DRAWN, MOST_DOTS, SLOWEST, series, total } from '../influxql.ts';
import type { Section } from '../layout.ts';
import type { Draft } from '../model.ts';
import { dots, heatmap, lines, stat } from '../panels.ts';
import { missingRequests } from '../shared-panels.ts';
import { count, raw } from './queries.ts';

const LOG = { type: 'log', log: 10 } as const;

const SAMPLED = `All of them up to ${MOST_DOTS.toLocaleString('en')}; of more, an even sample of about ${MOST_DOTS.toLocaleString('en')} and the slowest ${SLOWEST}: "drawn" and "in range" say which it is. Zoom in to see all.`;

const percentiles = lines(
  {
    title: 'Percentiles',
    description:
      'Of the requests that ended in each interval. The distance from p50 to p99 and the slowest says how unequally they were treated.',
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
    title: `Each request (a sample above ${MOST_DOTS.toLocaleString('en')})`,
    description: `A dot is a request: when it ended, and how long it took, on a logarithmic scale. ${SAMPLED}`,
    unit: 's',
    queries: [['request', total('raw-requests', '"application_time"', { where: DRAWN })]],
  },
  LOG,
);

const eachBySlot = dots(
  {
    title: `Each request by slot (a sample above ${MOST_DOTS.toLocaleString('en')})`,
    description: `A dot is a request: when it ended, and which slot it had held, the lowest that was free at its start. How high the dots reach is how many requests were handled at a time. ${SAMPLED}`,
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
    description: 'Points of the time range that the variables choose.',
    unit: 'locale',
    decimals: 0,
    queries: [['in range', count()]],
  }),
  stat({
    title: 'Drawn as dots',
    description: `Dots in "Each request". ${SAMPLED}`,
    unit: 'locale',
    decimals: 0,
    queries: [['drawn', count(DRAWN)]],
  }),
  missingRequests(
    'Missing',
    'Gaps in `sequence`, which counts the requests of a process and thread: requests that were recorded between the first and the last that is here, and are not here. Of the service, hosts and processes chosen, whatever their route, method and status. On the dashboard Delivery is why.',
  ),
];

const durations = heatmap(
  {
    title: 'Durations (of all routes, methods and statuses)',
    description:
      'How many requests took how long, by interval: every request counts. From request-metrics, which counts each in one of fifteen buckets, so it takes no longer with a million requests; route, method and status do not narrow it.',
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
