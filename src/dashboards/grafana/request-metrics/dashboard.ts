import { dashboard } from '../layout.ts';
import type { Dashboard } from '../model.ts';
import { variables } from '../variables.ts';
import { resources } from './resources.ts';
import { throughputSection } from './throughput.ts';
import { times } from './times.ts';

export const requestMetrics: Dashboard = dashboard({
  uid: 'raw-requests-metrics',
  title: 'Node.js Request Metrics',
  description:
    'Metrics that each process writes once a second: throughput, capacity, phases, CPU, memory, slots, times.',
  variables: variables['request-metrics'],
  sections: [throughputSection, times, resources],
});
