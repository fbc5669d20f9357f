import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import net, { type AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { influxdb } from '../../support/real/influx.ts';
import { until } from '../../support/within.ts';
import { account, sequences } from '../account.ts';
import { type App, load, request, startApp, startHere, total } from '../app.ts';
import { descriptorsOf } from '../descriptors.ts';
import type { Row } from '../row.ts';

// The database is away.

const WORKERS = 4;
const MIB = 1 << 20;

export const none: Row = {
  number: 1,
  fault: `none, ${WORKERS} processes, one route`,
  async run(scene) {
    const influx = await influxdb(scene);
    const app = await startApp(scene, { env: { INFLUX_URL: influx.url }, workers: WORKERS });
    const { answered, perSecond } = await load(app, { amount: scene.short ? 5000 : 50_000, connections: 20 });
    const outcome = await account(app, influx, answered, `${perSecond}/s`);
    assert.equal(outcome.stored, answered);
    return outcome;
  },
};

export const frozen: Row = {
  number: 2,
  fault: `the database is frozen and goes on, ${WORKERS} processes`,
  async run(scene) {
    const seconds = scene.short ? 2 : 60;
    const rate = scene.short ? 500 : 300;
    const influx = await influxdb(scene);
    const app = await startApp(scene, {
      env: { INFLUX_URL: influx.url, RAW_REQUESTS_TIMEOUT_MS: scene.short ? '500' : '10000' },
      workers: WORKERS,
    });
    const healthy = await load(app, { amount: rate * (scene.short ? 1 : 20), rate });
    const outage = load(app, { amount: rate * (seconds + 2), rate });
    await sleep(1000);
    const sockets = watchSockets(app, influx.url);
    await influx.kill('SIGSTOP');
    await sleep(seconds * 1000);
    await influx.kill('SIGCONT');
    const frozen = await outage;
    const most = sockets.most();
    assert.ok(most <= WORKERS, `${most} connections to the database`);
    const outcome = await account(
      app,
      influx,
      healthy.answered + frozen.answered,
      `${seconds} s; at most ${most} connections; p99 ${healthy.p99} ms before, ${frozen.p99} ms; ${healthy.perSecond}/s before, ${frozen.perSecond}/s`,
    );
    assert.equal(outcome.stored, outcome.answered);
    return outcome;
  },
};

export const killed: Row = {
  number: 3,
  fault: `the database is killed with SIGKILL and starts again, five times, ${WORKERS} processes`,
  async run(scene) {
    const influx = await influxdb(scene);
    const app = await startApp(scene, { env: { INFLUX_URL: influx.url }, workers: WORKERS });
    const rate = 500;
    const loaded = load(app, { amount: rate * (scene.short ? 4 : 30), rate });
    const over = loaded.then(() => true);
    for (let time = 0; time < 5; time++) {
      await sleep(scene.short ? 300 : 3000);
      await influx.kill('SIGKILL');
      await sleep(scene.short ? 200 : 2000);
      await influx.start();
    }
    assert.ok(await over);
    const outcome = await account(app, influx, (await loaded).answered);
    assert.equal(outcome.stored, outcome.answered);
    return outcome;
  },
};

export const neverUp: Row = {
  number: 4,
  fault: 'there is no database at all, and a queue of 1 MiB',
  async run(scene) {
    const seconds = scene.short ? 3 : scene.minutes * 60;
    const app = await startApp(scene, {
      env: {
        INFLUX_URL: `http://127.0.0.1:${await closedPort()}`,
        RAW_REQUESTS_MAX_QUEUE_BYTES: String(MIB),
        RAW_REQUESTS_BATCH_LINES: '50',
        RAW_REQUESTS_PATH: 'on',
        RAW_REQUESTS_FLUSH_INTERVAL_MS: '100',
      },
      // Small heaps, so that what is kept can be told from what was not collected yet.
      execArgv: ['--max-old-space-size=64', '--max-semi-space-size=1'],
    });
    const rss: number[] = [];
    const watch = setInterval(() => app.samples()[0] && rss.push(app.samples()[0]!.rss / MIB), 1000);
    scene.after(() => clearInterval(watch));
    const rate = 800;
    const { answered } = await load(app, { amount: rate * seconds, rate, randomPaths: true });
    await until(() => total(app).recorded === answered, 'the last sample');
    const sum = total(app);
    assert.equal(sum.broken, undefined, 'the ledger adds up');
    assert.equal(sum.acknowledged + sum.rejected, 0);
    assert.ok(sum.dropped > 0 && sum.queued > 0, 'the queue is full');
    const lines = app.log().length;
    assert.ok(lines <= 1 + seconds / 60, `${lines} lines in the log`);
    const { ms, status } = await app.exit();
    assert.equal(status, 0);
    const second = average(rss.slice(rss.length / 4, rss.length / 2));
    const last = average(rss.slice(-rss.length / 4));
    // V8 is late to collect what lies outside its heaps.
    if (!scene.short) assert.ok(last - second < 40, `memory grew from ${second} to ${last} MiB`);
    return {
      answered,
      stored: 0,
      ledger: sum,
      figures: `${seconds} s; ${lines} lines in the log; memory ${Math.round(second)} MiB, at the end ${Math.round(last)} MiB; exit took ${ms} ms`,
    };
  },
};

export const overflow: Row = {
  number: 5,
  fault: 'more waits than the queue of 1 MiB holds',
  async run(scene) {
    const influx = await influxdb(scene);
    const app = await startHere(scene, {
      url: influx.url,
      maxQueueBytes: MIB,
      batchLines: 50,
      path: true,
      flushIntervalMs: 20,
      timeoutMs: 60_000,
    });
    await request(app, 50);
    await app.settled();
    await influx.kill('SIGSTOP');
    const amount = scene.short ? 6000 : 20_000;
    await load(app, { amount, randomPaths: true });
    await influx.kill('SIGCONT');
    const outcome = await account(app, influx, amount + 50);
    const { dropped, unknown } = outcome.ledger;
    assert.ok(dropped > 0);
    assert.equal(outcome.stored, outcome.answered - dropped - unknown, 'what was in flight was not dropped');
    const stored = [...(await sequences(influx)).values()].flat().sort((a, b) => a - b);
    const gaps = stored.filter((sequence, index) => index > 0 && sequence !== stored[index - 1]! + 1);
    // Two places are bounded, before the worker thread and in it; on a busy machine each drops its oldest.
    assert.ok(gaps.length > 0);
    assert.equal(stored.at(-1), outcome.answered, 'the newest are there');
    return {
      ...outcome,
      figures: `in ${gaps.length} ${gaps.length === 1 ? 'piece' : 'pieces'}`,
    };
  },
};

/** The most connections at a time that the processes of an application have to a server. */
function watchSockets(app: App, url: string): { most(): number } {
  const port = Number(new URL(url).port).toString(16).toUpperCase().padStart(4, '0');
  const pids = app.samples().map(({ pid }) => pid);
  let most = 0;
  const timer = setInterval(() => {
    const open = new Set(
      readFileSync('/proc/net/tcp', 'latin1')
        .split('\n')
        .map((line) => line.trim().split(/\s+/))
        .filter(([, , remote = '']) => remote.endsWith(`:${port}`))
        .map((columns) => `socket:[${columns[9]}]`),
    );
    const own = pids.flatMap((pid) => descriptorsOf(pid)).filter((target) => open.has(target));
    most = Math.max(most, own.length);
  }, 100);
  return {
    most: () => {
      clearInterval(timer);
      return most;
    },
  };
}

async function closedPort(): Promise<number> {
  const probe = net.createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => probe.once('listening', resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

function average(values: number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
}
