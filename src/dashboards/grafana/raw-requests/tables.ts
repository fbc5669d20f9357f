import { FAILED, SLOWEST, total } from '../influxql.ts';
import type { Section } from '../layout.ts';
import { override, table } from '../panels.ts';

const SECONDS = Object.fromEntries(
  ['mean', 'p50', 'p95', 'p99', 'slowest'].map((name) => [name, { unit: 's' }]),
);

const routes = table({
  title: 'Routes',
  description:
    'The requests of each route in the time range: count, mean, percentiles and maximum of the response time. Errors and aborts are requests with status 5xx, or that were not answered completely.',
  unit: 'locale',
  columns: ['route', 'requests', 'mean', 'p50', 'p95', 'p99', 'slowest', 'errors and aborts', 'bytes out'],
  hide: ['Time'],
  sort: 'requests',
  // One query per percentile: several percentiles in one query take InfluxDB 1.x twice as long.
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

/** An address that opens Explore. Grafana 10 and later convert it to their own form. */
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
    'The requests with the longest response times. A trace_id opens its trace in the data source of the variable Traces.',
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
    'Requests with status 5xx, or that were not answered completely, the latest first. A trace_id opens its trace in the data source of the variable Traces.',
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

export const tables: Section = {
  title: 'Routes and single requests',
  shelves: [
    { height: 9, panels: [[24, routes]] },
    { height: 9, panels: [[24, slowest]] },
    { height: 9, panels: [[24, latestFailures]] },
  ],
};
