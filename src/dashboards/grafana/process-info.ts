import { series, seriesOf, total } from './influxql.ts';
import { dashboard } from './layout.ts';
import type { Dashboard } from './model.ts';
import { gauge, lines, override, stat, table } from './panels.ts';
import { variables } from './variables.ts';

const M = 'process-info';
/** A process of a host. */
const EACH = ['hostname', 'process_type', 'pid'] as const;

/** By type, the sum over its processes. */
const byType = (field: string) =>
  seriesOf(M, 'sum("each")', `mean("${field}") AS "each"`, {
    each: ['hostname', 'pid'],
    group: ['process_type'],
  });

const byProcess = (field: string) => series(M, `mean("${field}")`, { group: EACH });

const all = (field: string) => seriesOf(M, 'sum("each")', `mean("${field}") AS "each"`, { each: EACH });

const NAME = '$tag_process_type $tag_hostname $tag_pid';

export const processInfo: Dashboard = dashboard({
  uid: 'process-info',
  title: 'Process Info',
  description:
    'CPU and memory of processes, by type: the servers themselves, and what else is watched on their hosts.',
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
                description: 'Percent of one core, the sum over the processes of each type.',
                unit: 'percent',
                queries: [['$tag_process_type', byType('cpu')]],
              }),
            ],
            [
              6,
              gauge({
                title: 'CPU now',
                description:
                  'All processes that are chosen, in the last whole interval, in percent of one core. Full scale is the busiest interval in sight.',
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
                  'Resident memory, the sum over the processes of each type. What processes share counts for each.',
                unit: 'bytes',
                queries: [['$tag_process_type', byType('memory')]],
              }),
            ],
            [
              3,
              gauge({
                title: 'Memory now',
                description:
                  'Resident memory of all processes that are chosen, in the last whole interval. Full scale is the highest in sight.',
                unit: 'bytes',
                queries: [['memory', all('memory')]],
              }),
            ],
            [
              3,
              stat({
                title: 'Processes now',
                description: 'Processes that were seen in the last whole interval.',
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
                  'Percent of one core. A server that stays near 100 has no time left on its main thread.',
                unit: 'percent',
                queries: [[NAME, byProcess('cpu')]],
              }),
            ],
            [
              12,
              lines({
                title: 'Memory by process',
                description: 'Resident memory. A line that only rises is a leak.',
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
                  'Each process over the time range: mean and most of CPU (percent of one core) and memory.',
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
      ],
    },
  ],
});
