import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { influxdb } from '../../support/real/influx.ts';
import { until } from '../../support/within.ts';
import { assertStored } from '../account.ts';
import { type App, request, startApp, sum } from '../app.ts';
import { crowd, type Seen } from '../crowd.ts';
import { descriptorsOf } from '../descriptors.ts';
import { loadBoth } from '../doors.ts';
import type { Row, Scene } from '../row.ts';
import type { Door } from '../server.ts';

// The process may have only so much of what the machine has.

/** What Node has open before it is asked for anything and while it reads a few files; what the library has and reads. */
const NODE_NEEDS = 30;
const WE_NEED = 20;
/** MiB beyond what Node has taken: enough for an application, not for one more thread. */
const HEADROOM_MIB = 400;
/** Clients beyond what there are descriptors for. */
const TOO_MANY = 50;

const cannotLimit = spawnSync('prlimit', ['--version']).status !== 0 && 'needs prlimit';

export const descriptors: Row[] = [64, 256, 1024].map((limit) => ({
  number: 43,
  fault: `${limit} descriptors, and clients that want more: what is answered is compared with the application alone`,
  onlyLong: limit !== 256, // each limit takes a quarter of a minute
  cannotRun: () => cannotLimit,
  async run(scene) {
    const under = ['prlimit', `--nofile=${limit}`];
    const influx = await influxdb(scene);
    const start = (door: Door) => startApp(scene, { env: { INFLUX_URL: influx.url }, door, under });
    const alone = await visits(scene, await start('none'), limit);
    const doors = await Promise.all(['middleware' as const, 'register' as const].map(start));
    const visited = await Promise.all(doors.map((app) => visits(scene, app, limit)));

    assert.ok(alone.crowded.refused > 0, 'there were too few');
    for (const seen of visited) {
      assert.deepEqual(seen.calm.answers, alone.calm.answers, 'with enough descriptors, the same answers');
      assert.equal(seen.calm.refused, 0);
      assert.deepEqual(seen.crowded.answers, alone.crowded.answers, 'with too few, the same answers');
      assert.ok(seen.crowded.refused > 0, 'there were too few');
    }
    await Promise.all(doors.map((app) => app.settled()));
    const samples = doors.flatMap((app) => app.samples());
    const stored = await assertStored(samples, influx);
    const ledger = sum(samples);
    assert.equal(stored, ledger.served, 'nothing is lost');
    const log = doors.flatMap((app) => app.log());
    for (const app of doors) assert.equal((await app.exit()).status, 0);
    const answered = visited.reduce((all, { calm, crowded }) => all + calm.answered + crowded.answered, 0);
    return {
      answered,
      stored,
      ledger,
      figures: `${visited.map(({ crowded }) => crowded.most)} connections at a time, ${alone.crowded.most} alone; ${log.length} lines in the logs`,
    };
  },
}));

/**
 * What clients see with and without descriptors for all of them. First there are too few, before the library needs its
 * own, and for longer than it takes to start a thread thrice in vain.
 */
async function visits(scene: Scene, app: App, limit: number): Promise<{ crowded: Seen; calm: Seen }> {
  const clients = limit + TOO_MANY;
  const few = Math.min(50, limit - NODE_NEEDS - WE_NEED);
  const crowded = await crowd(app.url, '/', clients, { seconds: scene.short ? 4 : 20, untilRefused: true });
  await until(() => descriptorsOf(app.pid).length < NODE_NEEDS + WE_NEED, 'all clients have left');
  const calm = await crowd(app.url, '/file', few, { seconds: 1 });
  const again = await crowd(app.url, '/', clients, { seconds: scene.short ? 1 : 20 });
  return { crowded: add(crowded, again), calm };
}

function add(one: Seen, other: Seen): Seen {
  return {
    answered: one.answered + other.answered,
    refused: one.refused + other.refused,
    most: Math.min(one.most, other.most),
    answers: new Set([...one.answers, ...other.answers]),
  };
}

export const addressSpace: Row = {
  number: 44,
  fault: 'address space for the application, but not for a thread: ulimit -v',
  cannotRun: () => cannotLimit,
  async run(scene) {
    const influx = await influxdb(scene);
    const env = { INFLUX_URL: influx.url };
    const alone = await startApp(scene, { env, door: 'none' });
    const [, kib] = /^VmSize:\s+(\d+) kB/m.exec(readFileSync(`/proc/${alone.pid}/status`, 'latin1'))!;
    const limit = Math.floor(Number(kib) / 1024) + HEADROOM_MIB;
    const under = ['prlimit', `--as=${limit * 2 ** 20}`];
    const limited = await startApp(scene, { env, door: 'none', under });
    await request(limited, 20); // it lives, without the library
    const { apps, ...outcome } = await loadBoth(scene, influx, { env, under }, scene.short ? 400 : 4000);
    for (const app of apps) assert.match(app.log()[0]!, /ulimit -v/);
    return { ...outcome, figures: `${limit} MiB, ${HEADROOM_MIB} more than Node takes` };
  },
};
