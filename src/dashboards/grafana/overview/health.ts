import { BEFORE, LOST, over, total, totalOf } from '../influxql.ts';
import type { Section } from '../layout.ts';
import type { Draft } from '../model.ts';
import { compared } from '../panels/figures.ts';
import { durations, FIGURE_PARTS, MAX_READ, requestCount, share } from '../sample.ts';
import { missingRequests } from '../shared-panels.ts';
import { ABORTED, ERROR } from './queries.ts';

// Is it all right? Each figure is of the whole time range, with that of the period before it.

const at = (before: boolean) => (before ? { time: BEFORE } : {});
const time = (before: boolean) => (before ? BEFORE : undefined);
const OF_MANY = `Of more than ${MAX_READ.toLocaleString('en')} requests, those in ${FIGURE_PARTS} evenly spaced parts of the time range are read.`;

const rate = compared(
  {
    title: 'Requests per second',
    description: 'Requests that ended, divided by the length of the time range.',
    unit: 'reqps',
  },
  (before) =>
    over('sum("n") * 1000 / ($__to - $__from) AS "rate"', requestCount([], time(before)), at(before)),
);

const errors = compared(
  {
    title: 'Errors',
    description: 'The share of requests that were answered with a status 5xx. Orange from 1 %, red from 5 %.',
    unit: 'percentunit',
    thresholds: [0.01, 0.05],
  },
  (before) => share(ERROR, 'errors', time(before)),
);

const aborted = compared(
  {
    title: 'Aborted',
    description:
      'The share of requests that lost their connection before they were answered: clients that left, timeouts. Orange from 1 %, red from 5 %.',
    unit: 'percentunit',
    thresholds: [0.01, 0.05],
  },
  (before) => share(ABORTED, 'aborted', time(before)),
);

const percentile = (p: number, thresholds?: readonly [number, number]): Draft =>
  compared(
    {
      title: `p${p}`,
      description: `${p} % of the requests took no longer than this. It is a percentile of the requests, not of percentiles. ${OF_MANY}`,
      unit: 's',
      noValue: '-',
      ...(thresholds === undefined ? {} : { thresholds }),
    },
    (before) => over(`percentile("v", ${p}) AS "p${p}"`, durations(FIGURE_PARTS, { before }), at(before)),
  );

const OBJECTIVE = '$' + '{objective:raw}';
const FOUR_TIMES = `4 * ${OBJECTIVE}`;

/** Columns of `n`, all requests; `tolerable`, those within four times the objective; `satisfying`, those within it. */
function byObjective(columns: string, before: boolean): string {
  const duration = '"application_time"';
  const sources = [
    [['n', 'tolerable', 'satisfying'], `${duration} <= ${OBJECTIVE}`],
    [['n', 'tolerable'], `${duration} > ${OBJECTIVE} AND ${duration} <= ${FOUR_TIMES}`],
    [['n'], `${duration} > ${FOUR_TIMES}`],
  ] as const;
  return over(
    columns,
    sources.flatMap(([as, where]) => durations(FIGURE_PARTS, { before, as, where })),
    at(before),
  );
}

const within = compared(
  {
    title: 'Within $objective s',
    description: `The share of requests that took no longer than the objective. Orange below 99 %, red below 95 %. ${OF_MANY}`,
    unit: 'percentunit',
    decimals: 2,
    noValue: '-',
    thresholds: [0.99, 0.95],
  },
  (before) => byObjective('count("satisfying") / count("n") AS "within"', before),
);

const apdex = compared(
  {
    title: 'Apdex',
    description: `The share of requests within the objective, and half the share of those within four times the objective: 1 is best. Orange below 0.94, red below 0.85. ${OF_MANY}`,
    unit: 'none',
    decimals: 2,
    noValue: '-',
    thresholds: [0.94, 0.85],
  },
  // Those within the objective are within four times of it, too, so each of them counts twice a half.
  (before) => byObjective('(count("satisfying") + count("tolerable")) / 2 / count("n") AS "apdex"', before),
);

const running = compared(
  {
    title: 'Running',
    description:
      'Requests that were being handled in the last second of the time range, on average. The variables route, method and status have no effect.',
    unit: 'short',
    decimals: 1,
    noValue: 'not known',
  },
  (before) =>
    totalOf(
      'request-metrics',
      'sum("each") AS "running"',
      'last("requests_in_flight") AS "each"',
      at(before),
    ),
);

const blocked = compared(
  {
    title: 'Event loop blocked',
    description:
      'The longest time for which an event loop did nothing else, so that all requests of its process waited. Orange from 0.1 s, red from 0.5 s. The variables route, method and status have no effect.',
    unit: 's',
    thresholds: [0.1, 0.5],
    noValue: 'not known',
  },
  (before) => total('request-metrics', 'max("event_loop_delay_max") AS "blocked"', at(before)),
);

const missing = missingRequests(
  'Missing',
  'Requests that were recorded but are not in the database, between the first and the last one in the time range. They are gaps in `sequence`, which numbers the requests of a process and thread. Points that other programs write have none, so it is not known. The variables route, method and status have no effect.',
);

const lost = compared(
  {
    title: 'Lost in delivery',
    description:
      'Requests that became dropped, unknown or rejected in the time range. The dashboard Node.js Delivery shows why. The variables route, method and status have no effect.',
    unit: 'locale',
    decimals: 0,
    thresholds: [1, 1],
    noValue: 'not known',
  },
  (before) => totalOf('delivery', 'sum("each") AS "lost"', `${LOST} AS "each"`, at(before)),
);

export const health: Section = {
  title: 'Is it all right? (below each figure: the same of the period before)',
  shelves: [
    {
      height: 4,
      panels: [rate, errors, percentile(50), percentile(95, [0.5, 1]), percentile(99, [1, 2]), within].map(
        (panel) => [4, panel],
      ),
    },
    { height: 4, panels: [apdex, aborted, running, blocked, missing, lost].map((panel) => [4, panel]) },
  ],
};
