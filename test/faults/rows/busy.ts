import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { influxdb } from '../../support/real/influx.ts';
import { until } from '../../support/within.ts';
import { account } from '../account.ts';
import { load, startApp, total } from '../app.ts';
import type { Row, Scene } from '../row.ts';

// The machine has other work to do.

/** Programs that want a core all the time; half a load of 40 on two cores, the other half is left to other tests. */
const BUSY = 20;
const CORE = '0';
/** It takes less than one; a thread that gets no time takes twenty. */
const CATCHES_UP_MS = 5000;

export const busyMachine: Row = {
  number: 42,
  fault: `the application's core is wanted by ${BUSY} other programs`,
  cannotRun: () => spawnSync('taskset', ['-V']).status !== 0 && 'needs taskset, to have a core to itself',
  async run(scene) {
    const influx = await influxdb(scene);
    const app = await startApp(scene, {
      env: { INFLUX_URL: influx.url },
    });
    execFileSync('taskset', ['-a', '-p', '-c', CORE, String(app.pid)]);
    const rate = 50;
    let { answered } = await load(app, { amount: rate, rate });
    await app.settled(answered);
    keepBusy(scene);
    answered += (await load(app, { amount: scene.short ? 800 : 5000, connections: 20 })).answered;
    const start = performance.now();
    const caughtUp = () => total(app).recorded === answered && total(app).queued === 0;
    await until(caughtUp, 'it catches up while the others still run', CATCHES_UP_MS);
    const ms = Math.round(performance.now() - start);
    const outcome = await account(app, influx, answered);
    assert.equal(outcome.stored, answered);
    return {
      ...outcome,
      figures: `all is delivered ${ms} ms after the last answer, while the others run on`,
    };
  },
};

function keepBusy(scene: Scene): void {
  for (let program = 0; program < BUSY; program++) {
    const child = spawn('taskset', ['-c', CORE, 'sh', '-c', 'while :; do :; done'], { stdio: 'ignore' });
    scene.after(() => child.kill('SIGKILL'));
  }
}
