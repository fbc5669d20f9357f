import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { run } from '../support/run.ts';

const program = fileURLToPath(new URL('../../../examples/fleet/run.js', import.meta.url));
/** Exit code of `run.js`. */
const NOT_INSTALLED = 3;

describe('a fleet of hosts with a relay each', () => {
  for (const way of ['direct', 'telegraf', 'nats']) {
    test(`${way}: has every request in the database, though all pieces but the relays are killed under load`, async (t) => {
      const args = ['--way', way, '--hosts', '2', '--minutes', '1', '--rate', '50', '--spare-relays'];
      const { status, stdout, stderr } = await run([program, ...args], { PATH: process.env.PATH ?? '' });
      if (status === NOT_INSTALLED) return t.skip(stdout.trim());
      assert.equal(status, 0, stdout + stderr);
      assert.match(stdout, /^Complete: [\d,]+ points of 4 threads, no number is missing\./m);
    });
  }
});
