import { pathTo, routeTo, type Scenario } from './scenario.ts';

export const injection: Scenario[] = [
  {
    name: 'a request without a connection',
    path: pathTo('items', 'injected'),
    decidedBy: 'framework',
    comparable: true,
    drive: (client, path) => client.program.inject(path),
    points: (_answer, mode, { injects }) =>
      !injects || mode === 'register'
        ? []
        : [{ method: 'GET', route: routeTo('items'), status: 200, outcome: 'finished' }],
  },
];
