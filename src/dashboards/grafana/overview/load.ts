import { FATE_COLORS } from '../colors.ts';
import { series } from '../influxql.ts';
import type { Section } from '../layout.ts';
import { lines } from '../panels/charts.ts';
import { barGauge } from '../panels/figures.ts';
import { colored } from '../panels/panel.ts';
import { eachBySlot } from './each-request.ts';
import { count, raw } from './queries.ts';

const inFlight = lines({
  title: 'In flight',
  description:
    'Requests that a process was handling when a request started, including that one: mean and maximum.',
  unit: 'short',
  queries: [['$col', raw('mean("in_flight") AS "mean", max("in_flight") AS "most"')]],
});

const phases = lines({
  title: 'Waiting and first byte',
  description:
    'Means of queue_time and first_byte_time. queue_time is how long requests waited between a proxy and the process; it needs a proxy that sets X-Request-Start or X-Queue-Start. first_byte_time is the time from the start of the request to the head of its response.',
  unit: 's',
  queries: [['$col', raw('mean("queue_time") AS "queue", mean("first_byte_time") AS "first byte"')]],
});

const bytes = lines({
  title: 'Bytes',
  description:
    'Body bytes per second: of requests as they were received, and of responses as they were given to the connection.',
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
    'Utilization of the event loop of the busiest selected thread. Near 100 %, requests wait for each other.',
  unit: 'percentunit',
  max: 1,
  queries: [['utilization', series('request-metrics', 'max("event_loop_utilization")')]],
});

const eventLoopDelay = lines({
  title: 'Event loop delay',
  description:
    'Delay of timers in the selected thread where it is highest: 99th percentile and maximum of each second.',
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

const outcomes = barGauge({
  title: 'Outcomes',
  description: 'Requests in the time range by outcome. Only finished requests were answered completely.',
  unit: 'locale',
  queries: [['$tag_outcome', count(undefined, ['outcome'])]],
  overrides: (['finished', 'upgraded', 'aborted', 'rejected', 'unfinished'] as const).map((name) =>
    colored(name, FATE_COLORS[name]),
  ),
});

const statuses = barGauge({
  title: 'Statuses',
  description:
    'Requests in the time range by status. 0 means that no response head was sent before the connection was lost.',
  unit: 'locale',
  queries: [['$tag_status', count(undefined, ['status'])]],
  overrides: (['2xx', '3xx', '4xx', '5xx'] as const).map((name) => ({
    matcher: { id: 'byRegexp', options: `/^${name[0]}\\d\\d$/` },
    properties: [{ id: 'color', value: { mode: 'fixed', fixedColor: FATE_COLORS[name] } }],
  })),
});

export const load: Section = {
  title: 'Load: slots, waiting, bytes, event loop, outcomes',
  collapsed: true,
  shelves: [
    { height: 8, panels: [[24, eachBySlot]] },
    {
      height: 8,
      panels: [
        [12, outcomes],
        [12, statuses],
      ],
    },
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
