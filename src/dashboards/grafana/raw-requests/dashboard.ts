import { dashboard } from '../layout.ts';
import type { Dashboard } from '../model.ts';
import { variables } from '../variables.ts';
import { eachRequestSection } from './each-request.ts';
import { failuresSection } from './failures.ts';
import { load } from './load.ts';
import { overview } from './overview.ts';
import { tables } from './tables.ts';

export const rawRequests: Dashboard = dashboard({
  uid: 'raw-requests-overview',
  title: 'Node.js Requests',
  description:
    'Every recorded request: throughput, response times, a dot per request, routes, the slowest requests, errors and aborts.',
  variables: variables['raw-requests'],
  sections: [overview, eachRequestSection, failuresSection, tables, load],
});
