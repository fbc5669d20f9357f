import { test } from 'node:test';
import { assertNothingLost } from './faults/sequences.ts';

// Each run takes seconds, since a thread that died is replaced after one: more of them with `npm run test:faults -- --row 41`.
test(
  'whatever servers, threads and loads do, in whatever order, every request is accounted for',
  {
    timeout: 120_000,
  },
  (t) => assertNothingLost(t, { runs: 8, seed: 20261122 }),
);
