import { FAILED, NO_UPGRADE, total } from '../influxql.ts';
import type { Section } from '../layout.ts';
import type { Json } from '../model.ts';
import { override } from '../panels/panel.ts';
import { table } from '../panels/table.ts';

// Single requests, as they were recorded.

/** The number of requests in each table. */
const MAX_ROWS = 100;

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

const ID = '$' + '{__data.fields.trace_id}';
/** Addresses that open Explore. Grafana 10 and later convert them to their own form. */
const explore = (id: string) =>
  `/explore?orgId=1&left={"datasource":"$\{traces}","queries":[{"refId":"A","queryType":"traceql","query":"${id}"}],"range":{"from":"$\{__from}","to":"$\{__to}"}}`;

/** Links of a request to its trace: in a data source of Grafana, and in a program of its own. */
const traceLinks = (id: string): Json[] => [
  { title: 'Trace, in Grafana', url: explore(id), targetBlank: true },
  { title: 'Trace, at the address of the variable', url: `$\{trace_url:raw}${id}`, targetBlank: true },
];
export const TRACE_LINKS: Json[] = traceLinks(ID);

const DETAIL_OVERRIDES = [
  override('Time', { 'custom.width': 165 }),
  override('duration', { unit: 's', 'custom.width': 90 }),
  override('method', { 'custom.width': 75 }),
  override('status', { unit: 'none', 'custom.width': 65 }),
  override('outcome', { 'custom.width': 85 }),
  override('slot', { unit: 'none', 'custom.width': 50 }),
  override('in_flight', { unit: 'none', 'custom.width': 75 }),
  override('bytes_out', { unit: 'bytes', 'custom.width': 85 }),
  override('trace_id', { links: traceLinks('$' + '{__value.raw}') }),
];

const slowest = table({
  title: `The slowest ${MAX_ROWS}`,
  description: 'The requests with the longest response times. A trace_id leads to its trace.',
  unit: 'none',
  columns: DETAILS,
  sort: 'duration',
  queries: [
    [
      '',
      total('raw-requests', `top("application_time", ${MAX_ROWS}) AS "duration", ${DETAIL_COLUMNS}`, {
        where: NO_UPGRADE,
      }),
    ],
  ],
  overrides: DETAIL_OVERRIDES,
});

const latestFailures = table({
  title: `The latest ${MAX_ROWS} errors and aborts`,
  description:
    'Requests with status 5xx, or that were not answered completely, the latest first. A trace_id leads to its trace.',
  unit: 'none',
  columns: DETAILS,
  sort: 'Time',
  queries: [
    [
      '',
      total('raw-requests', `"application_time" AS "duration", ${DETAIL_COLUMNS}`, {
        where: FAILED,
        end: `ORDER BY time DESC LIMIT ${MAX_ROWS}`,
      }),
    ],
  ],
  overrides: DETAIL_OVERRIDES,
});

export const single: Section = {
  title: 'Single requests',
  collapsed: true,
  shelves: [
    { height: 9, panels: [[24, slowest]] },
    { height: 9, panels: [[24, latestFailures]] },
  ],
};
