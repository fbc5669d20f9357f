import { dashboard } from '../layout.ts';
import type { Dashboard } from '../model.ts';
import { variables } from '../variables.ts';
import { byRoute } from './by-route.ts';
import { eachRequestSection } from './each-request.ts';
import { health } from './health.ts';
import { load } from './load.ts';
import { single } from './single.ts';
import { traffic } from './traffic.ts';
import { where } from './where.ts';

export const overview: Dashboard = dashboard({
  uid: 'raw-requests-overview',
  title: 'Node.js Requests',
  description:
    'Every recorded request: whether all is well, which route, process or time it is that is not, and each request as a dot.',
  variables: variables['raw-requests'],
  sections: [health, where, traffic, eachRequestSection, byRoute, single, load],
});
