import { dashboard } from '../layout.ts';
import type { Dashboard } from '../model.ts';
import { compareVariables } from '../variables.ts';
import { alike } from './alike.ts';
import { outcome } from './outcome.ts';
import { eachRequest, overTime, where } from './over-time.ts';

export const compare: Dashboard = dashboard({
  uid: 'raw-requests-compare',
  title: 'Node.js Compare',
  description:
    'Two groups of requests beside each other: by service, version, host, worker or any other tag, and by the rounds of `raw-requests compare --influx`.',
  variables: compareVariables,
  sections: [alike, outcome, overTime, where, eachRequest],
});
