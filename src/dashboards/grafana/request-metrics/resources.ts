import { series, seriesOf } from '../influxql.ts';
import type { Section } from '../layout.ts';
import { lines } from '../panels/charts.ts';

const M = 'request-metrics';

/** Each thread reports CPU and memory of the whole process, so they are averaged per process. */
const PROCESS = { each: ['process'] } as const;

const cpu = lines({
  title: 'CPU',
  description:
    'cpu_user_time and cpu_system_time: CPU use in cores, summed over processes. 100 % is one core.',
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
    'memory_rss, the resident memory, and memory_max_rss, its maximum since the start; summed over processes.',
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
    'A request holds a slot while it is in flight. request_threads_active: slots in use within a second, the maximum of the interval. request_threads_started: slots ever used. request_threads_maximum: the option `concurrency`, else the same as started. Summed over threads.',
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
  description:
    'requests_in_flight: the average number of requests that were handled concurrently, summed over threads.',
  unit: 'short',
  queries: [['in flight', seriesOf(M, 'sum("each")', 'mean("requests_in_flight") AS "each"')]],
});

const utilization = lines({
  title: 'Event loop',
  description:
    'event_loop_utilization: the share of time in which the event loop was busy; mean and maximum of the threads.',
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
    'Delay of timers, per second and thread: the highest median, 99th percentile and maximum of the interval.',
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

export const resources: Section = {
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
};
