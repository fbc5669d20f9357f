import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { influxdb } from '../../support/real/influx.ts';
import { temporaryFolder } from '../../support/spooling.ts';
import { account } from '../account.ts';
import { load, startApp } from '../app.ts';
import type { Row } from '../row.ts';

// Time does not pass as it should.

const HOUR_S = 3600;
/** Debian's libfaketime: the application and its threads see another time than the machine. */
const FAKETIME = ['x86_64', 'aarch64']
  .map((machine) => `/usr/lib/${machine}-linux-gnu/faketime/libfaketimeMT.so.1`)
  .find((path) => existsSync(path));

export const steppedClock: Row = {
  number: 21,
  fault:
    'the clock is stepped an hour back, then two forward, while the database is away and while it is not',
  cannotRun: () => FAKETIME === undefined && 'needs libfaketime',
  async run(scene) {
    const influx = await influxdb(scene);
    const clock = join(temporaryFolder(scene), 'clock');
    const step = (seconds: number) => writeFileSync(clock, `${seconds < 0 ? '' : '+'}${seconds}`);
    step(0);
    const app = await startApp(scene, {
      env: {
        INFLUX_URL: influx.url,
        LD_PRELOAD: FAKETIME!,
        FAKETIME_TIMESTAMP_FILE: clock,
        FAKETIME_NO_CACHE: '1',
        FAKETIME_DONT_FAKE_MONOTONIC: '1',
      },
    });
    const spell = { amount: scene.short ? 200 : 3000, rate: 200 };
    const pause = scene.short ? 1200 : 5000;
    let answered = (await load(app, spell)).answered;
    for (const [seconds, isAway] of [
      [-HOUR_S, false],
      [HOUR_S, true],
      [-HOUR_S, true],
      [0, false],
    ] as const) {
      if (isAway) await influx.kill('SIGSTOP');
      answered += (await load(app, spell)).answered;
      step(seconds);
      answered += (await load(app, spell)).answered;
      await influx.kill('SIGCONT');
      await sleep(pause);
    }
    const outcome = await account(app, influx, answered);
    assert.equal(outcome.stored, answered, 'no point is written over by another of the same hour');
    const [took] = await influx.query(
      'SELECT min("application_time"), max("application_time") FROM "raw-requests"',
      'requests',
    );
    assert.ok(
      Number(took!.min) >= 0 && Number(took!.max) < 5,
      `requests took ${took!.min} to ${took!.max} s`,
    );
    const hours = await influx.query('SELECT "sequence" FROM "raw-requests"', 'requests');
    const stepped = hours.filter(({ time }) => Math.abs(Number(time) / 1e9 - Date.now() / 1000) > HOUR_S / 2);
    assert.ok(stepped.length > spell.amount, 'points have the time of the clock');
    return { ...outcome, figures: `requests took at most ${Number(took!.max).toFixed(3)} s` };
  },
};

export const suspended: Row = {
  number: 46,
  fault: 'the application is suspended: SIGSTOP, and SIGCONT after a while',
  async run(scene) {
    const seconds = scene.short ? 3 : 60;
    const influx = await influxdb(scene);
    const app = await startApp(scene, {
      env: { INFLUX_URL: influx.url, RAW_REQUESTS_TIMEOUT_MS: scene.short ? '1000' : '10000' },
    });
    const amount = scene.short ? 300 : 3000;
    const under = load(app, { amount, rate: 300, timeout: seconds + 30 });
    await sleep(500);
    app.signal('SIGSTOP');
    // The same must hold for a write that was under way, and whose answer has come meanwhile.
    await sleep(seconds * 1000);
    app.signal('SIGCONT');
    let { answered } = await under;
    answered += (await load(app, { amount, rate: 300 })).answered;
    const outcome = await account(app, influx, answered);
    assert.equal(outcome.stored, answered);
    return { ...outcome, figures: `${seconds} s` };
  },
};
