import { COLORS } from '../colors.ts';
import { LOST, NO_UPGRADE, over, total, totalOf } from '../influxql.ts';
import type { Section } from '../layout.ts';
import type { Json } from '../model.ts';
import { override, type Query } from '../panels/panel.ts';
import { table } from '../panels/table.ts';
import {
  COUNTED,
  durations,
  FIGURE_PARTS,
  MAX_COUNTED,
  MAX_READ,
  NUMBERED,
  READ_SHARE,
  requestCount,
} from '../sample.ts';
import { ABORTED, ERROR } from './queries.ts';

// Where is it? Tables with a row for each route, and for each process.

const columns = (text: string, by: string): Query => ['', total('raw-requests', text, { group: [by] })];
const failed = (name: string, where: string, by: string): Query => [
  '',
  total('raw-requests', `count("application_time") AS "${name}"`, { where, group: [by] }),
];
const percentiles = (by: string): Query => [
  '',
  over([50, 95, 99].map((p) => `percentile("v", ${p}) AS "p${p}"`).join(', '), durations(FIGURE_PARTS), {
    group: [by],
  }),
];

const colored = (warning: number, bad: number): Json => ({
  'custom.displayMode': 'color-text',
  thresholds: {
    mode: 'absolute',
    steps: [
      { color: COLORS.fine, value: null },
      ...(warning < bad ? [{ color: COLORS.warning, value: warning }] : []),
      { color: COLORS.bad, value: bad },
    ],
  },
});
const width = (pixels: number): Json => ({ 'custom.width': pixels });

const NUMBERS: Json[] = [
  ...['p50', 'p95', 'p99'].map((name) => override(name, { unit: 's', ...width(85), ...colored(0.5, 1) })),
  override('slowest', { unit: 's', ...width(85), ...colored(1, 5) }),
  override('errors', { ...width(75), ...colored(1, 1) }),
  override('aborted', { ...width(80), ...colored(1, 1) }),
];

const OF_MANY = `Percentiles of more than ${MAX_READ.toLocaleString('en')} requests are those of the requests in ${FIGURE_PARTS} evenly spaced parts of the time range.`;

const routes = table({
  title: 'Routes',
  description: `The requests of each route in the time range, first the route that took most time in all. A route is a link to its own requests. ${OF_MANY} So is the time spent of more than ${MAX_COUNTED.toLocaleString('en')}, for which the slowest is not shown.`,
  unit: 'locale',
  columns: ['route', 'time spent', 'requests', 'p50', 'p95', 'p99', 'slowest', 'errors', 'aborted'],
  sort: 'time spent',
  queries: [
    columns('count("application_time") AS "requests"', 'route'),
    [
      '',
      total('raw-requests', 'sum("application_time") AS "time spent", max("application_time") AS "slowest"', {
        where: `${COUNTED} AND ${NO_UPGRADE}`,
        group: ['route'],
      }),
    ],
    [
      '',
      over(`sum("v") / (${READ_SHARE}) AS "time spent"`, durations(FIGURE_PARTS), {
        where: NUMBERED,
        group: ['route'],
      }),
    ],
    percentiles('route'),
    failed('errors', ERROR, 'route'),
    failed('aborted', ABORTED, 'route'),
  ],
  overrides: [
    override('route', {
      links: [
        {
          title: 'Only this route',
          url:
            '/d/raw-requests-overview?$' +
            '{__url_time_range}&var-datasource=$' +
            '{datasource:percentencode}&var-route=$' +
            '{__value.raw:percentencode}',
        },
      ],
    }),
    override('time spent', { unit: 'dtdurations', decimals: 0, ...width(130) }),
    override('requests', width(95)),
    ...NUMBERS,
  ],
});

const processes = table({
  title: 'Processes',
  description: `The requests of each process in the time range, and what it did: the busiest thread's event loop, the longest time that it was blocked, CPU in cores, memory; and how many requests it lost in delivery. These five do not depend on route, method and status. ${OF_MANY}`,
  unit: 'locale',
  columns: [
    'process',
    'requests',
    'p50',
    'p95',
    'p99',
    'errors',
    'aborted',
    'lost',
    'event loop',
    'blocked',
    'CPU',
    'memory',
  ],
  sort: 'requests',
  queries: [
    ['', over('sum("n") AS "requests"', requestCount([], undefined, true), { group: ['process'] })],
    percentiles('process'),
    failed('errors', ERROR, 'process'),
    failed('aborted', ABORTED, 'process'),
    [
      '',
      total(
        'request-metrics',
        'mean("event_loop_utilization") AS "event loop", max("event_loop_delay_max") AS "blocked", mean("cpu_user_time") + mean("cpu_system_time") AS "CPU", max("memory_rss") AS "memory"',
        { group: ['process'] },
      ),
    ],
    ['', totalOf('delivery', 'sum("each") AS "lost"', `${LOST} AS "each"`, { group: ['process'] })],
  ],
  overrides: [
    override('requests', width(95)),
    ...NUMBERS,
    override('lost', { ...width(70), ...colored(1, 1) }),
    override('event loop', { unit: 'percentunit', decimals: 0, ...width(95), ...colored(0.7, 0.9) }),
    override('blocked', { unit: 's', ...width(85), ...colored(0.1, 0.5) }),
    override('CPU', { unit: 'percentunit', decimals: 0, ...width(70) }),
    override('memory', { unit: 'bytes', ...width(85) }),
  ],
});

export const where: Section = {
  title: 'Where is it?',
  shelves: [
    { height: 8, panels: [[24, routes]] },
    { height: 6, panels: [[24, processes]] },
  ],
};
