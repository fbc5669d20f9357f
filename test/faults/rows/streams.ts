import assert from 'node:assert/strict';
import { execFileSync, fork } from 'node:child_process';
import http from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Stats } from '../../../src/index.ts';
import { influxdb } from '../../support/real/influx.ts';
import { until, within } from '../../support/within.ts';
import type { Row, Scene } from '../row.ts';
import { addsUp } from '../server.ts';

// Requests that stay open.

const PROGRAM = fileURLToPath(new URL('../streams-program.js', import.meta.url));
const OPEN = 5000;
/** Of each process: its connections, and all else that it has open. */
const DESCRIPTORS = OPEN + 500;
/** What recording may cost for each request that is open. */
const MAX_BYTES = 4096;

interface Said {
  readonly port?: number;
  readonly open?: number;
  readonly bytes?: number;
  readonly rss?: number;
  readonly stats?: Stats;
}

export const streams: Row = {
  number: 32,
  fault: 'streams of events and long polls, all open at a time',
  cannotRun: () => {
    const most = execFileSync('sh', ['-c', 'ulimit -n'], { encoding: 'utf8' }).trim();
    return (
      most !== 'unlimited' && Number(most) < DESCRIPTORS && `needs ulimit -n ${DESCRIPTORS}, it is ${most}`
    );
  },
  async run(scene) {
    const amount = scene.short ? 500 : OPEN;
    const holdMs = scene.short ? 300 : 10_000;
    const influx = await influxdb(scene);
    const without = await hold(scene, { RAW_REQUESTS: 'off' }, amount, 0);
    const recorded = await hold(scene, { INFLUX_URL: influx.url }, amount, holdMs);
    const { stats } = recorded;
    assert.ok(addsUp(stats), 'the ledger adds up');
    assert.equal(stats.recorded, amount);
    assert.equal(stats.acknowledged, amount);

    const rows = await influx.query(
      'SELECT "sequence", "application_time", "first_byte_time", "path" FROM "raw-requests"',
      'requests',
    );
    assert.equal(new Set(rows.map(({ sequence }) => sequence)).size, amount, 'one record each');
    const held = holdMs / 1000;
    const early = rows.filter(({ first_byte_time }) => Number(first_byte_time) < held);
    for (const { application_time, first_byte_time } of rows) {
      assert.ok(Number(application_time) >= held, `${application_time} s from start to end`);
      assert.ok(Number(first_byte_time) <= Number(application_time));
    }
    assert.equal(early.length, amount / 2, 'a stream has its first byte at once, a long poll at its end');
    for (const { application_time, first_byte_time } of early)
      assert.ok(Number(application_time) - Number(first_byte_time) >= held, 'they are two times');

    const each = Math.round((recorded.bytes - without.bytes) / amount);
    assert.ok(each < MAX_BYTES, `${each} bytes for each request that is open`);
    const mib = (bytes: number) => Math.round(bytes / (1 << 20));
    return {
      answered: recorded.answered,
      stored: rows.length,
      ledger: stats,
      figures: `${amount} open; ${Math.round(without.bytes / amount)} bytes each without recording, ${each} more with it; process ${mib(without.rss)} MiB without, ${mib(recorded.rss)} MiB with`,
    };
  },
};

/** Opens so many, measures what each takes, and ends them. */
async function hold(scene: Scene, env: Record<string, string>, amount: number, holdMs: number) {
  const child = fork(PROGRAM, { env: { ...process.env, INFLUX_DATABASE: 'requests', ...env } });
  scene.after(() => child.kill('SIGKILL'));
  let said: Said = {};
  child.on('message', (message: Said) => {
    said = { ...said, ...message };
  });
  await until(() => said.port !== undefined, 'the server listens');
  const measure = async () => {
    said = { port: said.port! };
    child.send('measure');
    await until(() => said.bytes !== undefined, 'it has measured its memory');
    return said as Required<Said>;
  };
  const empty = await measure();

  let answered = 0;
  const agent = new http.Agent({ keepAlive: false, maxSockets: Number.POSITIVE_INFINITY });
  const all: Promise<void>[] = [];
  for (let number = 0; number < amount; number++) {
    const path = number % 2 === 0 ? '/events' : '/poll';
    all.push(
      new Promise((resolve, reject) => {
        const req = http.get({ host: '127.0.0.1', port: said.port, path, agent }, (res) => {
          res.on('error', reject);
          res.on('end', () => {
            answered++;
            resolve();
          });
          res.resume();
        });
        req.on('error', reject);
        scene.after(() => req.destroy());
      }),
    );
    if (number % 100 === 99) await sleep(1); // not more than a server can accept at a time
  }
  const over = Promise.all(all);
  over.catch(() => {});
  const deadline = Date.now() + 60_000;
  let full = await measure();
  while (full.open < amount) {
    assert.ok(Date.now() < deadline, `${full.open} of ${amount} are open, not all within 60 s`);
    await sleep(50);
    full = await measure();
  }
  await sleep(holdMs);
  full = await measure();
  child.send('end');
  await within(over, `the end of ${amount} requests`);
  const shouldYield = () => env.RAW_REQUESTS === 'off' || said.stats?.acknowledged === amount;
  await until(() => {
    child.send('flush');
    return shouldYield();
  }, `${amount} records`);
  return { answered, bytes: full.bytes - empty.bytes, rss: full.rss, stats: said.stats! };
}
