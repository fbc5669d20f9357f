import { COLORS, FATE_COLORS } from './colors.ts';
import { seriesOf, THREADS, total, totalOf, WHOLE_INTERVALS } from './influxql.ts';
import { dashboard } from './layout.ts';
import type { Dashboard, Draft } from './model.ts';
import { bars, lines } from './panels/charts.ts';
import { stat } from './panels/figures.ts';
import { colored, override } from './panels/panel.ts';
import { table } from './panels/table.ts';
import { missingRequests } from './shared-panels.ts';
import { variables } from './variables.ts';

const M = 'delivery';

/** The counters of the ledger, with a description of each. */
const FATES = {
  acknowledged: 'confirmed by the database',
  queued: 'waiting for delivery, in memory',
  spooled: 'waiting for delivery, on disk',
  dropped: 'discarded and never sent',
  unknown: 'given up after an attempt whose outcome is not known',
  rejected: 'refused by the database for good',
} as const;
type Fate = keyof typeof FATES;

const fates = Object.keys(FATES) as Fate[];
const LOSSES = ['dropped', 'unknown', 'rejected'] as const satisfies Fate[];

/** The sum of the latest counts of all processes and threads. */
const latest = (field: string) => totalOf(M, `sum("each") AS "${field}"`, `last("${field}") AS "each"`);

function figure(field: string, meaning: string, bad: boolean): Draft {
  return stat({
    title: `${field[0]!.toUpperCase()}${field.slice(1)}`,
    description: `Requests ${meaning}. Each process counts from its start; this is the sum of their latest counts in the time range.`,
    unit: 'locale',
    decimals: 0,
    ...(bad ? { thresholds: [1, 1] as const } : {}),
    queries: [[field, latest(field)]],
  });
}

const DIFFERENCE = ['last("recorded")', ...fates.map((fate) => `last("${fate}")`)].join(' - ');

const unaccounted = stat({
  title: 'Unaccounted for',
  description:
    'recorded - acknowledged - queued - spooled - dropped - unknown - rejected, from the latest counts of each process. The result is always 0, unless raw-requests has a bug.',
  unit: 'locale',
  decimals: 0,
  thresholds: [1, 1],
  queries: [['unaccounted for', totalOf(M, 'sum("each") AS "difference"', `${DIFFERENCE} AS "each"`)]],
});

const missing = missingRequests(
  'Missing in the database',
  'Requests that are missing in the database, between the first and the last one in the time range. They are gaps in `sequence`, which numbers the requests of a process and thread. It is 0 unless requests were dropped, rejected or unknown, or are still waiting.',
);

const newest = stat(
  {
    title: 'Newest request',
    description:
      'The end of the newest request in the database. While there is traffic, its age is the delay of the delivery.',
    unit: 'dateTimeFromNow',
    queries: [['newest', total('raw-requests', 'last("sequence")', { by: ['hostname', 'process'] })]],
  },
  { reduceOptions: { calcs: ['lastNotNull'], fields: '/^Time$/', values: false } },
);

const rate = (field: string, name: string) =>
  [
    name,
    seriesOf(M, `sum("each") AS "${name}"`, `non_negative_derivative(max("${field}"), 1s) AS "each"`),
  ] as const;

const rates = lines({
  title: 'Recorded and acknowledged',
  description:
    'Requests per second. While recorded is above acknowledged, requests are waiting. When acknowledged is above recorded, they are being delivered.',
  unit: 'reqps',
  queries: [rate('recorded', 'recorded'), rate('acknowledged', 'acknowledged')],
  overrides: [colored('recorded', COLORS.slowest), colored('acknowledged', COLORS.fine)],
});

const waiting = lines({
  title: 'Waiting',
  description:
    'Requests that wait for delivery, in memory and on disk: the maximum of each interval, summed over processes. One second of traffic is normal.',
  unit: 'short',
  queries: [
    [
      '$col',
      seriesOf(
        M,
        'sum("q") AS "queued", sum("s") AS "spooled"',
        'max("queued") AS "q", max("spooled") AS "s"',
      ),
    ],
  ],
});

const lag = lines({
  title: 'Lag',
  description:
    'Waiting requests in seconds of traffic: queued and spooled requests, divided by requests recorded per second. Only shown while there is traffic.',
  unit: 's',
  queries: [
    [
      'lag',
      `SELECT "waiting" / "rate" AS "lag" FROM (${seriesOf(
        M,
        'sum("w") AS "waiting", sum("r") AS "rate"',
        'max("queued") + max("spooled") AS "w", non_negative_derivative(max("recorded"), 1s) AS "r"',
      )}) WHERE ${WHOLE_INTERVALS} AND "rate" > 0`,
    ],
  ],
});

const lost = bars({
  title: 'Lost',
  description: 'Requests that became dropped, unknown or rejected in each interval.',
  unit: 'short',
  queries: LOSSES.map((field) => [
    field,
    seriesOf(M, `sum("each") AS "${field}"`, `non_negative_difference(max("${field}")) AS "each"`),
  ]),
  overrides: [
    colored('dropped', COLORS.bad),
    colored('unknown', COLORS.warning),
    colored('rejected', FATE_COLORS.rejected),
  ],
});

const COUNTERS = ['recorded', ...fates];

const processes = table({
  title: 'Processes',
  description:
    'The latest counts of each process and thread. The difference is always 0, unless raw-requests has a bug.',
  unit: 'locale',
  columns: ['process', 'thread', ...COUNTERS, 'difference'],
  hide: ['Time'],
  sort: 'recorded',
  queries: [
    [
      '',
      total(
        M,
        [...COUNTERS.map((field) => `last("${field}") AS "${field}"`), `${DIFFERENCE} AS "difference"`].join(
          ', ',
        ),
        {
          group: THREADS,
        },
      ),
    ],
  ],
  overrides: [
    override('thread', { unit: 'none', 'custom.width': 65 }),
    ...[...COUNTERS, 'difference'].map((name) => override(name, { 'custom.width': 115 })),
  ],
});

export const delivery: Dashboard = dashboard({
  uid: 'raw-requests-delivery',
  title: 'Node.js Delivery',
  description: 'The delivery of requests to the database: delivered, waiting and lost ones.',
  variables: variables[M],
  sections: [
    {
      title: 'The ledger',
      shelves: [
        {
          height: 4,
          panels: [
            [6, figure('recorded', 'recorded', false)],
            ...fates.map(
              (fate) => [3, figure(fate, FATES[fate], (LOSSES as readonly Fate[]).includes(fate))] as const,
            ),
          ],
        },
        {
          height: 4,
          panels: [
            [8, unaccounted],
            [8, missing],
            [8, newest],
          ],
        },
      ],
    },
    {
      title: 'Over time',
      shelves: [
        {
          height: 8,
          panels: [
            [12, rates],
            [12, waiting],
          ],
        },
        {
          height: 8,
          panels: [
            [12, lag],
            [12, lost],
          ],
        },
        { height: 6, panels: [[24, processes]] },
      ],
    },
  ],
});
