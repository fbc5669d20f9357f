import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { influxdb } from '../../support/influx.ts';
import { temporaryFolder } from '../../support/spooling.ts';
import { account } from '../account.ts';
import { load, startApp, total } from '../app.ts';
import {
  answer,
  hang,
  late,
  reset,
  STRANGE,
  storeAndAnswer,
  storeAndHang,
  storeAndReset,
  tooLarge,
} from '../behaviours.ts';
import { type Behaviour, into, openGate, pass } from '../gate.ts';
import type { Row } from '../row.ts';
import { assertNothingLost } from '../sequences.ts';

// Anything, in any order, for any time.

const MIB = 1 << 20;
const RATE = 300;

export const soak: Row = {
  number: 40,
  fault: 'one random fault after the other, 2 processes with a spool',
  async run(scene) {
    const random = randomFrom(scene.seed);
    const influx = await influxdb(scene);
    const gate = await openGate(scene, into(influx.url), pass);
    const app = await startApp(scene, {
      workers: 2,
      env: {
        INFLUX_URL: gate.url,
        RAW_REQUESTS_SPOOL_DIR: temporaryFolder(scene),
        RAW_REQUESTS_TIMEOUT_MS: '1000',
        RAW_REQUESTS_LOG_LEVEL: 'silent',
      },
    });
    const behaviours: Behaviour[] = [
      pass,
      hang,
      late,
      reset,
      storeAndHang,
      storeAndReset,
      storeAndAnswer(500),
    ];
    behaviours.push(...[401, 404, 429, 500, 503].map((status) => answer(status)));
    behaviours.push(tooLarge(20), ...Object.values(STRANGE));
    const faults: (() => unknown)[] = [
      ...behaviours.map((behaviour) => () => {
        gate.behave = behaviour;
      }),
      () => influx.kill('SIGSTOP'),
      () => influx.kill('SIGKILL'),
    ];

    const end = Date.now() + scene.minutes * 60_000;
    const rss: number[] = [];
    const loaded = load(app, { amount: Math.max(RATE, scene.minutes * 60 * RATE), rate: RATE });
    let count = 0;
    while (Date.now() < end) {
      await faults[Math.floor(random() * faults.length)]!();
      count++;
      await sleep(500 + random() * 4000);
      gate.behave = pass;
      await influx.kill('SIGCONT');
      await influx.start();
      await sleep(random() * 3000);
      assert.equal(total(app).broken, undefined, 'the ledger adds up');
      rss.push(total(app).rss / MIB);
    }
    const { answered } = await loaded;
    const outcome = await account(app, influx, answered);
    assert.equal(outcome.stored, answered);
    const [early, last] = [rss[Math.floor(rss.length / 4)], rss.at(-1)].map((mib) => Math.round(mib ?? 0));
    const figures = `${count} faults in ${scene.minutes} min, seed ${scene.seed}; memory of both ${early} MiB, at the end ${last} MiB`;
    return { ...outcome, figures };
  },
};

export const sequences: Row = {
  number: 41,
  fault: 'random sequences of servers, threads that die, loads and flushes',
  async run(scene) {
    const runs = scene.short ? 5 : 100;
    const { recorded, rejected } = await assertNothingLost(scene, { runs, seed: scene.seed });
    const acknowledged = recorded - rejected;
    const none = {
      queued: 0,
      spooled: 0,
      dropped: 0,
      unknown: 0,
      hookErrors: 0,
      internalErrors: 0,
      queueTimeErrors: 0,
      recovered: 0,
    };
    const ledger = { recorded, acknowledged, rejected, ...none };
    return {
      answered: recorded,
      stored: acknowledged,
      ledger,
      figures: `${runs} sequences, seed ${scene.seed}`,
    };
  },
};

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
