import { series } from '../influxql.ts';
import type { Section } from '../layout.ts';
import { lines } from '../panels.ts';
import { raw } from './queries.ts';

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

export const load: Section = {
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
};
