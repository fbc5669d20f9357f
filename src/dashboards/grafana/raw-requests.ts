import { BUCKETS_IN_ORDER, DRAWN, FAILED, MOST_DOTS, perSecond, SLOWEST, series, total } from './influxql.ts';
import { dashboard } from './layout.ts';
import type { Dashboard, Draft } from './model.ts';
import { barGauge, bars, colored, dots, gauge, heatmap, lines, override, stat, table } from './panels.ts';
import { missingRequests, throughputGauge } from './shared-panels.ts';
import { variables } from './variables.ts';

const SLOW_S = [0.5, 1] as const;
const LOG = { type: 'log', log: 10 } as const;

const SAMPLED = `All of them up to ${MOST_DOTS.toLocaleString('en')}; of more, an even sample of about ${MOST_DOTS.toLocaleString('en')} and the slowest ${SLOWEST}: "drawn" and "in range" say which it is. Zoom in to see all.`;

const raw = (columns: string, where?: string) => series('raw-requests', columns, where ? { where } : {});
const count = (where?: string, group: string[] = []) =>
  total('raw-requests', 'count("application_time")', { ...(where ? { where } : {}), group });

const THROUGHPUT = series('raw-requests', `${perSecond('application_time')} AS "requests"`, {
  end: 'fill(0)',
});

const throughputLine = lines({
  title: 'Throughput',
  description: 'Requests that ended, per second. Intervals that the time range cuts are left out.',
  unit: 'reqps',
  queries: [['requests', THROUGHPUT]],
});

const responseTimeLine = lines({
  title: 'Response time',
  description:
    'application_time of the requests that ended in each interval, from start to the end of the response: mean and 95th percentile of the requests themselves, not of averages.',
  unit: 's',
  queries: [['$col', raw('mean("application_time") AS "mean", percentile("application_time", 95) AS "p95"')]],
});

const responseTimeGauge = (title: string, query: string): Draft =>
  gauge({
    title,
    description: `${title} of the requests of the last whole interval. Orange from ${SLOW_S[0]} s, red from ${SLOW_S[1]} s; full scale is the slowest interval in sight.`,
    unit: 's',
    thresholds: SLOW_S,
    queries: [['response time', query]],
  });

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

const failures = bars({
  title: 'Errors and aborts',
  description:
    'Per second: answers with 4xx and 5xx; requests that lost their connection before the answer was sent; those that Node rejected itself, or that were still open at the end of a process.',
  unit: 'reqps',
  queries: [
    ['4xx', raw(perSecond('application_time'), `"status" =~ /^4/ AND "outcome" =~ /^(finished|upgraded)$/`)],
    ['5xx', raw(perSecond('application_time'), `"status" =~ /^5/ AND "outcome" =~ /^(finished|upgraded)$/`)],
    ['aborted', raw(perSecond('application_time'), `"outcome" = 'aborted'`)],
    ['rejected', raw(perSecond('application_time'), `"outcome" = 'rejected'`)],
    ['unfinished', raw(perSecond('application_time'), `"outcome" = 'unfinished'`)],
  ],
  overrides: [colored('4xx', 'yellow'), colored('5xx', 'red'), colored('aborted', 'purple')],
});

const outcomes = barGauge({
  title: 'Outcomes',
  description: 'Requests in the time range by outcome: only a finished one was answered in full.',
  unit: 'locale',
  queries: [['$tag_outcome', count(undefined, ['outcome'])]],
});

const statuses = barGauge({
  title: 'Statuses',
  description:
    'Requests in the time range by status. 0 is one that lost its connection before anything was sent.',
  unit: 'locale',
  queries: [['$tag_status', count(undefined, ['status'])]],
});

const SECONDS = Object.fromEntries(
  ['mean', 'p50', 'p95', 'p99', 'slowest'].map((name) => [name, { unit: 's' }]),
);

const routes = table({
  title: 'Routes',
  description:
    'Each route with its requests in the time range: count, mean, true percentiles and the slowest; errors and aborts are 5xx answers and requests that were not answered in full.',
  unit: 'locale',
  columns: ['route', 'requests', 'mean', 'p50', 'p95', 'p99', 'slowest', 'errors and aborts', 'bytes out'],
  hide: ['Time'],
  sort: 'requests',
  // A query for each percentile: several in one take InfluxDB 1.x twice as long as one after the other.
  queries: [
    'count("application_time") AS "requests", mean("application_time") AS "mean", max("application_time") AS "slowest", sum("bytes_out") AS "bytes out"',
    ...[50, 95, 99].map((p) => `percentile("application_time", ${p}) AS "p${p}"`),
  ]
    .map((columns) => ['', total('raw-requests', columns, { group: ['route'] })] as const)
    .concat([
      [
        '',
        total('raw-requests', 'count("application_time") AS "errors and aborts"', {
          where: FAILED,
          group: ['route'],
        }),
      ],
    ]),
  overrides: [
    override('route', { 'custom.width': 320 }),
    ...Object.entries(SECONDS).map(([name, properties]) => override(name, properties)),
    override('bytes out', { unit: 'bytes' }),
    override('errors and aborts', {
      'custom.displayMode': 'color-text',
      thresholds: {
        mode: 'absolute',
        steps: [
          { color: 'text', value: null },
          { color: 'red', value: 1 },
        ],
      },
    }),
  ],
});

const DETAILS = [
  'Time',
  'duration',
  'method',
  'route',
  'status',
  'outcome',
  'process',
  'slot',
  'in_flight',
  'bytes_out',
  'trace_id',
] as const;
const DETAIL_COLUMNS = DETAILS.slice(2)
  .map((name) => `"${name}"`)
  .join(', ');

/** Opens Explore; versions from 10 on rewrite this address to their own. */
const TRACE_URL = `/explore?orgId=1&left={"datasource":"\${traces}","queries":[{"refId":"A","queryType":"traceql","query":"\${__value.raw}"}],"range":{"from":"\${__from}","to":"\${__to}"}}`;

const DETAIL_OVERRIDES = [
  override('Time', { 'custom.width': 180 }),
  override('duration', { unit: 's' }),
  override('route', { 'custom.width': 260 }),
  override('slot', { unit: 'none' }),
  override('in_flight', { unit: 'none' }),
  override('bytes_out', { unit: 'bytes' }),
  override('trace_id', { links: [{ title: 'Open the trace', url: TRACE_URL, targetBlank: true }] }),
];

const slowest = table({
  title: `The slowest ${SLOWEST}`,
  description:
    'The requests that took longest, as they were recorded. A trace_id opens its trace in the data source of the variable Traces.',
  unit: 'none',
  columns: DETAILS,
  sort: 'duration',
  queries: [
    ['', total('raw-requests', `top("application_time", ${SLOWEST}) AS "duration", ${DETAIL_COLUMNS}`)],
  ],
  overrides: DETAIL_OVERRIDES,
});

const latestFailures = table({
  title: 'The latest 100 errors and aborts',
  description:
    'Requests that were answered with 5xx or not answered in full, the latest first. A trace_id opens its trace in the data source of the variable Traces.',
  unit: 'none',
  columns: DETAILS,
  sort: 'Time',
  queries: [
    [
      '',
      total('raw-requests', `"application_time" AS "duration", ${DETAIL_COLUMNS}`, {
        where: FAILED,
        end: 'ORDER BY time DESC LIMIT 100',
      }),
    ],
  ],
  overrides: DETAIL_OVERRIDES,
});

const inFlight = lines({
  title: 'In flight',
  description:
    'Requests that a process was handling when one more came, that one included: the mean and the most.',
  unit: 'short',
  queries: [['$col', raw('mean("in_flight") AS "mean", max("in_flight") AS "most"')]],
});

const phases = lines({
  title: 'Waiting and first byte',
  description:
    'Means of queue_time, how long requests waited in front of the process (only behind a proxy that says when it took them), and of first_byte_time, from the start to the head of the response.',
  unit: 's',
  queries: [['$col', raw('mean("queue_time") AS "queue", mean("first_byte_time") AS "first byte"')]],
});

const bytes = lines({
  title: 'Bytes',
  description: 'Bodies per second: of requests as they came in, of responses as they went to the connection.',
  unit: 'Bps',
  queries: [
    [
      '$col',
      raw(
        'sum("bytes_in") * 1000 / $__interval_ms AS "in", sum("bytes_out") * 1000 / $__interval_ms AS "out"',
      ),
    ],
  ],
});

const eventLoop = lines({
  title: 'Event loop',
  description:
    'The busiest thread of those chosen: the share of its time that its event loop was busy. Near 100 % requests wait for each other.',
  unit: 'percentunit',
  max: 1,
  queries: [['utilization', series('request-metrics', 'max("event_loop_utilization")')]],
});

const eventLoopDelay = lines({
  title: 'Event loop delay',
  description:
    'How late timers came, worst thread of those chosen: the 99th percentile and the most of each second.',
  unit: 's',
  queries: [
    [
      '$col',
      series(
        'request-metrics',
        'max("event_loop_delay_p99") AS "p99", max("event_loop_delay_max") AS "most"',
      ),
    ],
  ],
});

export const rawRequests: Dashboard = dashboard({
  uid: 'raw-requests',
  title: 'Raw Requests',
  description:
    'Every request: throughput, response time, each as a dot, routes, the slowest, errors and aborts.',
  variables: variables['raw-requests'],
  sections: [
    {
      title: 'Throughput and response time',
      shelves: [
        {
          height: 7,
          panels: [
            [18, throughputLine],
            [6, throughputGauge(THROUGHPUT)],
          ],
        },
        {
          height: 7,
          panels: [
            [18, responseTimeLine],
            [3, responseTimeGauge('Mean response time', raw('mean("application_time")'))],
            [3, responseTimeGauge('95th percentile', raw('percentile("application_time", 95)'))],
          ],
        },
      ],
    },
    {
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
    },
    {
      title: 'Errors and aborts',
      shelves: [
        {
          height: 7,
          panels: [
            [12, failures],
            [6, outcomes],
            [6, statuses],
          ],
        },
      ],
    },
    {
      title: 'Routes and single requests',
      shelves: [
        { height: 9, panels: [[24, routes]] },
        { height: 9, panels: [[24, slowest]] },
        { height: 9, panels: [[24, latestFailures]] },
      ],
    },
    {
      title: 'Load',
      shelves: [
        {
          height: 7,
          panels: [
            [8, inFlight],
            [8, phases],
            [8, bytes],
          ],
        },
        {
          height: 7,
          panels: [
            [12, eventLoop],
            [12, eventLoopDelay],
          ],
        },
      ],
    },
  ],
});
