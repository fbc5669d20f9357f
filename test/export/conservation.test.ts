import { test } from 'node:test';
import { assertNothingLost } from '../faults/sequences.ts';

const name = 'whatever servers, threads and loads do, in whatever order, every request is accounted for';

// A thread that died is replaced after a second: more runs with `npm run test:faults -- --row 41`.
test(name, { timeout: 120_000 }, async (t) => {
  await assertNothingLost(t, { runs: 8, seed: 20261122 });
});
