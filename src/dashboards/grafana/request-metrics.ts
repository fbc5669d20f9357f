import { BUCKETS_IN_ORDER, RANKS_IN_ORDER, series, seriesOf, total } from './influxql.ts';
import { dashboard } from './layout.ts';
import type { Dashboard } from './model.ts';
import { barGauge, gauge, heatmap, lines } from './panels.ts';
import { throughputGauge } from './shared-panels.ts';
import { variables } from './variables.ts';

const M = 'request-metrics';

/** CPU and memory are the process's, which each of its threads reports. */
const PROCESS = { each: ['process'] } as const;

const throughputQuery = seriesOf(M, 'sum("each") AS "requests"', 'mean("request_throughput") AS "each"');

const throughput = lines({
  title: 'Throughput',
  description: 'Requests that ended, per second: request_throughput, the sum over all processes and threads.',
  unit: 'reqps',
  queries: [['requests', throughputQuery]],
});

const capacity = lines({
  title: 'Capacity utilization',
  description:
    'capacity_utilization, mean and busiest of the threads: with the option `concurrency`, the share of it that was in flight (more than 100 % is possible); else how busy the event loop was.',
  unit: 'percentunit',
  queries: [
    ['$col', series(M, 'mean("capacity_utilization") AS "mean", max("capacity_utilization") AS "busiest"')],
  ],
});

const capacityGauge = gauge({
  title: 'Capacity utilization now',
  description:
    'Mean of the threads in the last whole interval. From 70 % on requests begin to wait; from 90 % on they do.',
  unit: 'percentunit',
  max: 1,
  thresholds: [0.7, 0.9],
  queries: [['utilization', series(M, 'mean("capacity_utilization")')]],
});

/** A mean of means, each weighted with the requests that it is the mean of. */
const weighted = (fields: Readonly<Record<string, string>>) => {
  const products = Object.values(fields).map(
    (field) => `"${field}" * "request_throughput" AS "${field}_sum"`,
  );
  const means = Object.entries(fields).map(
    ([name, field]) => `sum("${field}_sum") / sum("requests") AS "${name}"`,
  );
  return { products, means };
};
const { products, means } = weighted({
  application: 'application_time',
  queue: 'queue_time',
  server: 'server_time',
});

const phases = lines({
  title: 'Phases of a request',
  description:
    'Where the time of a mean request goes: queue_time in front of the process, as the proxy says; application_time in the application. server_time is 0: no web server stands in the same process before Node. Weighted with the requests of each second.',
  unit: 's',
  queries: [
    [
      '$col',
      seriesOf(M, means.join(', '), [...products, '"request_throughput" AS "requests"'].join(', '), {
        where: '"request_throughput" > 0',
        each: 'point',
      }),
    ],
  ],
});

const byProcess = lines({
  title: 'Throughput by process',
  description: 'Requests per second of each process. Even lines mean that the load is spread evenly.',
  unit: 'reqps',
  queries: [
    [
      '$tag_process',
      seriesOf(M, 'sum("each")', 'mean("request_throughput") AS "each"', {
        each: ['thread'],
        group: ['process'],
      }),
    ],
  ],
});

const cpu = lines({
  title: 'CPU',
  description:
    'cpu_user_time and cpu_system_time: cores that are busy, the sum over processes. 100 % is one core.',
  unit: 'percentunit',
  queries: [
    [
      '$col',
      seriesOf(
        M,
        'sum("u") AS "user", sum("s") AS "system"',
        'mean("cpu_user_time") AS "u", mean("cpu_system_time") AS "s"',
        PROCESS,
      ),
    ],
  ],
});

const memory = lines({
  title: 'Memory',
  description:
    'memory_rss, the resident memory, and memory_max_rss, the most that it has been: sums over processes.',
  unit: 'bytes',
  queries: [
    [
      '$col',
      seriesOf(
        M,
        'sum("r") AS "resident", sum("m") AS "most so far"',
        'mean("memory_rss") AS "r", mean("memory_max_rss") AS "m"',
        PROCESS,
      ),
    ],
  ],
});

const slots = lines({
  title: 'Slots',
  description:
    'A slot is held by a request while it is in flight. request_threads_active: slots that were held at some time in a second, the most of the interval; request_threads_started: those ever used; request_threads_maximum: the option `concurrency`, else as started. Sums over threads.',
  unit: 'short',
  queries: [
    [
      '$col',
      seriesOf(
        M,
        'sum("a") AS "active", sum("s") AS "started", sum("m") AS "maximum"',
        'max("request_threads_active") AS "a", max("request_threads_started") AS "s", max("request_threads_maximum") AS "m"',
      ),
    ],
  ],
});

const inFlight = lines({
  title: 'In flight',
  description: 'requests_in_flight: requests that were handled at a time, on average; the sum over threads.',
  unit: 'short',
  queries: [['in flight', seriesOf(M, 'sum("each")', 'mean("requests_in_flight") AS "each"')]],
});

const bucketRows = (field: string) =>
  BUCKETS_IN_ORDER.map((where) => {
    const query = series(M, `sum("${field}")`, { where, group: ['time_bucket'], end: 'fill(0)' });
    return ['$tag_time_bucket', query] as const;
  });

const applicationHeatmap = heatmap(
  {
    title: 'Application time',
    description: 'application_time_bucket: how many requests took how long. Every request is in one bucket.',
    unit: 'short',
    queries: bucketRows('application_time_bucket'),
  },
  { unit: 's', label: 'from' },
);

const queueHeatmap = heatmap(
  {
    title: 'Queue time',
    description:
      'queue_time_bucket: how many requests waited how long in front of the process. Without a proxy that says so, all are in the lowest.',
    unit: 'short',
    queries: bucketRows('queue_time_bucket'),
  },
  { unit: 's', label: 'from' },
);

const buckets = barGauge({
  title: 'Requests by application time',
  description: 'Requests of the time range in each bucket, named by its lower edge in seconds.',
  unit: 'locale',
  queries: BUCKETS_IN_ORDER.map((where) => [
    '$tag_time_bucket s',
    total(M, 'sum("application_time_bucket")', { where, group: ['time_bucket'] }),
  ]),
});

const ranks = barGauge({
  title: 'Requests by slot rank',
  description:
    'request_threads_bucket: in each second, slots are ranked by the requests that they handled. Many ranks with many requests each: much is handled at a time; nearly all in the first: one after the other.',
  unit: 'locale',
  queries: RANKS_IN_ORDER.map((where) => [
    'rank $tag_thread_id',
    total(M, 'sum("request_threads_bucket")', { where, group: ['thread_id'] }),
  ]),
});

const ranksOverTime = lines({
  title: 'Slot ranks',
  description: 'request_threads_bucket by interval: requests that were handled by the slots of each rank.',
  unit: 'short',
  queries: RANKS_IN_ORDER.map((where) => [
    'rank $tag_thread_id',
    series(M, 'sum("request_threads_bucket")', { where, group: ['thread_id'] }),
  ]),
});

const utilization = lines({
  title: 'Event loop',
  description:
    'event_loop_utilization: the share of the time that the event loop was busy; mean and busiest of the threads.',
  unit: 'percentunit',
  max: 1,
  queries: [
    [
      '$col',
      series(M, 'mean("event_loop_utilization") AS "mean", max("event_loop_utilization") AS "busiest"'),
    ],
  ],
});

const delay = lines({
  title: 'Event loop delay',
  description:
    'How late timers came, by second and thread: the highest median, 99th percentile and maximum of the interval.',
  unit: 's',
  queries: [
    [
      '$col',
      series(
        M,
        'max("event_loop_delay_p50") AS "p50", max("event_loop_delay_p99") AS "p99", max("event_loop_delay_max") AS "most"',
      ),
    ],
  ],
});

export const requestMetrics: Dashboard = dashboard({
  uid: 'request-metrics',
  title: 'Request Metrics',
  description:
    'What each process writes once a second: throughput, capacity, phases, CPU, memory, slots, times.',
  variables: variables[M],
  sections: [
    {
      title: 'Throughput and capacity',
      shelves: [
        {
          height: 7,
          panels: [
            [18, throughput],
            [6, throughputGauge(throughputQuery)],
          ],
        },
        {
          height: 7,
          panels: [
            [18, capacity],
            [6, capacityGauge],
          ],
        },
        {
          height: 7,
          panels: [
            [12, phases],
            [12, byProcess],
          ],
        },
      ],
    },
    {
      title: 'Times',
      shelves: [
        {
          height: 8,
          panels: [
            [12, applicationHeatmap],
            [12, queueHeatmap],
          ],
        },
        {
          height: 9,
          panels: [
            [8, buckets],
            [8, ranks],
            [8, ranksOverTime],
          ],
        },
      ],
    },
    {
      title: 'Resources',
      shelves: [
        {
          height: 7,
          panels: [
            [12, cpu],
            [12, memory],
          ],
        },
        {
          height: 7,
          panels: [
            [12, slots],
            [12, inFlight],
          ],
        },
        {
          height: 7,
          panels: [
            [12, utilization],
            [12, delay],
          ],
        },
      ],
    },
  ],
});
