import { COLORS } from '../colors.ts';
import { inGroup, over, overSeries } from '../influxql.ts';
import type { Section } from '../layout.ts';
import { MIN_DRAWN, requestDots } from '../overview/each-request.ts';
import { raw } from '../overview/queries.ts';
import { dots, LOG, lines } from '../panels/charts.ts';
import { colored, override } from '../panels/panel.ts';
import { table } from '../panels/table.ts';
import { COUNTED, durations, FIGURE_PARTS, LINE_PARTS, MAX_COUNTED, MAX_DOTS } from '../sample.ts';
import { GROUP_COLORS, GROUPS, type Group, nameOf, OF_MANY } from './groups.ts';

// When do they differ, on which routes, and how does it look request by request?

const GROUP_LINES = GROUPS.map((group) => colored(nameOf(group), GROUP_COLORS[group]));
const LOG_LINES = { scaleDistribution: LOG, fillOpacity: 0, spanNulls: true };

/** So few that both lines are seen where they cross each other. */
const MAX_POINTS = 120;

const percentile = (p: number) =>
  lines(
    {
      title: `p${p} of A and B`,
      description: `${p} % of the requests that ended in each interval took no longer, on a logarithmic scale. ${OF_MANY.replace(String(FIGURE_PARTS), String(LINE_PARTS))}`,
      unit: 's',
      maxDataPoints: MAX_POINTS,
      queries: GROUPS.map((group) => [
        nameOf(group),
        overSeries(`percentile("v", ${p}) AS "p${p}"`, durations(LINE_PARTS, { where: inGroup(group) })),
      ]),
      overrides: GROUP_LINES,
    },
    LOG_LINES,
  );

const throughput = lines(
  {
    title: 'Throughput of A and B',
    description: `Requests that ended, per second. Not shown of more than ${MAX_COUNTED.toLocaleString('en')} requests, if all routes, methods and statuses are chosen.`,
    unit: 'reqps',
    maxDataPoints: MAX_POINTS,
    queries: GROUPS.map((group) => [
      nameOf(group),
      raw(
        'count("application_time") * 1000 / $__interval_ms AS "requests"',
        `${COUNTED} AND ${inGroup(group)}`,
        [],
        'fill(0)',
      ),
    ]),
    overrides: GROUP_LINES,
  },
  { fillOpacity: 0 },
);

const COLUMNS = ['requests', 'p50', 'p95', 'p99'];
const columnsOf = (group: Group) =>
  ['count("v")', ...[50, 95, 99].map((p) => `percentile("v", ${p})`)]
    .map((value, i) => `${value} AS "${COLUMNS[i]} ${nameOf(group)}"`)
    .join(', ');

const routes = table({
  title: 'Routes of A and B',
  description: `The requests of each route, and their response times, of A and of B. A mix of other routes is another comparison: look at the same route. ${OF_MANY}`,
  unit: 's',
  columns: ['route', ...COLUMNS.flatMap((name) => GROUPS.map((group) => `${name} ${nameOf(group)}`))],
  sort: 'requests A',
  queries: GROUPS.map((group) => [
    '',
    over(columnsOf(group), durations(FIGURE_PARTS, { where: inGroup(group) }), { group: ['route'] }),
  ]),
  overrides: COLUMNS.flatMap((name) =>
    GROUPS.map((group) =>
      override(`${name} ${nameOf(group)}`, {
        'custom.width': 115,
        ...(name === 'requests' ? { unit: 'locale', decimals: 0 } : {}),
      }),
    ),
  ),
});

const each = (group: Group) =>
  dots(
    {
      title: `Each request of ${nameOf(group)}`,
      description: `Each dot is a request of ${nameOf(group)}, at the time when it ended; its height is how long it took, on a logarithmic scale. Errors and aborts are drawn on top. Of more than ${MAX_DOTS.toLocaleString('en')} requests of all groups, an even sample is drawn.`,
      unit: 's',
      min: MIN_DRAWN,
      queries: [['', requestDots(` AND ${inGroup(group)}`)]],
      overrides: [
        colored('slowest', COLORS.slowest),
        colored('request', GROUP_COLORS[group]),
        override('failed', { color: { mode: 'fixed', fixedColor: COLORS.bad }, 'custom.pointSize': 5 }),
      ],
    },
    LOG,
  );

export const overTime: Section = {
  title: 'When?',
  shelves: [
    {
      height: 8,
      panels: [
        [8, throughput],
        [8, percentile(50)],
        [8, percentile(99)],
      ],
    },
  ],
};

export const where: Section = {
  title: 'On which routes?',
  shelves: [{ height: 8, panels: [[24, routes]] }],
};

export const eachRequest: Section = {
  title: 'Each request (left A: $a, right B: $b)',
  shelves: [{ height: 10, panels: GROUPS.map((group) => [12, each(group)]) }],
};
