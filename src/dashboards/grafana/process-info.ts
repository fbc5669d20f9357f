import { series, seriesOf, total } from './influxql.ts';
import { dashboard } from './layout.ts';
import type { Dashboard } from './model.ts';
import { lines } from './panels/charts.ts';
import { gauge, stat } from './panels/figures.ts';
import { override } from './panels/panel.ts';
import { table } from './panels/table.ts';
import { variables } from './variables.ts';

const M = 'process-info';
/** The tags that identify a process. */
const EACH = ['hostname', 'process_type', 'pid'] as const;

/** The sum over the processes of each type. */
const byType = (field: string) =>
  seriesOf(M, 'sum("each")', `mean("${field}") AS "each"`, {
    each: ['hostname', 'pid'],
    group: ['process_type'],
  });

const byProcess = (field: string) => series(M, `mean("${field}")`, { group: EACH });

const all = (field: string) => seriesOf(M, 'sum("each")', `mean("${field}") AS "each"`, { each: EACH });

const NAME = '$tag_process_type $tag_hostname $tag_pid';

const MAX_EVENTS = 100;

/** What the annotations are, for Grafana 7.5, which draws none in its time series panels. */
const starts = table({
  title: 'Starts and stops',
  description: `The latest ${MAX_EVENTS} starts and stops of processes that raw-requests records.`,
  unit: 'none',
  columns: ['Time', 'text', 'event', 'version', 'node'],
  sort: 'Time',
  queries: [
    [
      '',
      total('process-event', '"text", "event", "version", "node"', {
        by: ['hostname', 'process_type'],
        end: `ORDER BY time DESC LIMIT ${MAX_EVENTS}`,
      }),
    ],
  ],
  overrides: [
    override('Time', { 'custom.width': 165 }),
    ...['event', 'version', 'node'].map((name) => override(name, { 'custom.width': 110 })),
  ],
});

export const processInfo: Dashboard = dashboard({
  uid: 'raw-requests-processes',
  title: 'Node.js Processes',
  description:
    'CPU and memory of processes, by type: servers that raw-requests records, and other programs on their hosts.',
  variables: variables[M],
  sections: [
    {
      title: 'By type',
      shelves: [
        {
          height: 8,
          panels: [
            [
              18,
              lines({
                title: 'CPU by type',
                description: 'CPU in percent of one core, summed over the processes of each type.',
                unit: 'percent',
                queries: [['$tag_process_type', byType('cpu')]],
              }),
            ],
            [
              6,
              gauge({
                title: 'CPU now',
                description:
                  'CPU of all selected processes in the last complete interval, in percent of one core. Full scale is the highest visible interval.',
                unit: 'percent',
                decimals: 1,
                queries: [['cpu', all('cpu')]],
              }),
            ],
          ],
        },
        {
          height: 8,
          panels: [
            [
              18,
              lines({
                title: 'Memory by type',
                description:
                  'Resident memory, summed over the processes of each type. Shared memory counts for each process.',
                unit: 'bytes',
                queries: [['$tag_process_type', byType('memory')]],
              }),
            ],
            [
              3,
              gauge({
                title: 'Memory now',
                description:
                  'Resident memory of all selected processes in the last complete interval. Full scale is the highest visible interval.',
                unit: 'bytes',
                queries: [['memory', all('memory')]],
              }),
            ],
            [
              3,
              stat({
                title: 'Processes now',
                description: 'Selected processes that wrote points in the last complete interval.',
                unit: 'locale',
                decimals: 0,
                queries: [
                  ['processes', seriesOf(M, 'count("each")', 'mean("memory") AS "each"', { each: EACH })],
                ],
              }),
            ],
          ],
        },
      ],
    },
    {
      title: 'By process',
      shelves: [
        {
          height: 8,
          panels: [
            [
              12,
              lines({
                title: 'CPU by process',
                description:
                  'CPU in percent of one core. A Node.js server that stays near 100 has no time left on its main thread.',
                unit: 'percent',
                queries: [[NAME, byProcess('cpu')]],
              }),
            ],
            [
              12,
              lines({
                title: 'Memory by process',
                description: 'Resident memory. A line that keeps rising under steady load may be a leak.',
                unit: 'bytes',
                queries: [[NAME, byProcess('memory')]],
              }),
            ],
          ],
        },
        {
          height: 6,
          panels: [
            [
              24,
              table({
                title: 'Each process',
                description:
                  'Mean and maximum of CPU (percent of one core) and memory of each process in the time range.',
                unit: 'percent',
                columns: [
                  'process_type',
                  'hostname',
                  'pid',
                  'cpu mean',
                  'cpu most',
                  'memory mean',
                  'memory most',
                ],
                hide: ['Time'],
                sort: 'cpu mean',
                queries: [
                  [
                    '',
                    total(
                      M,
                      'mean("cpu") AS "cpu mean", max("cpu") AS "cpu most", mean("memory") AS "memory mean", max("memory") AS "memory most"',
                      { group: EACH },
                    ),
                  ],
                ],
                overrides: [
                  override('pid', { unit: 'none' }),
                  override('memory mean', { unit: 'bytes' }),
                  override('memory most', { unit: 'bytes' }),
                ],
              }),
            ],
          ],
        },
        { height: 6, panels: [[24, starts]] },
      ],
    },
  ],
});
