import assert from 'node:assert/strict';
import { join } from 'node:path';
import { influxdb } from '../../support/real/influx.ts';
import { account } from '../account.ts';
import { load, request, startApp, startHere, total } from '../app.ts';
import { smallDisk, whyNoDisk } from '../disk.ts';
import { into, openGate, pass } from '../gate.ts';
import type { Row } from '../row.ts';

// A real InfluxDB that does not take some, or any, of the requests.

export const tooLarge: Row = {
  number: 17,
  fault: 'the database takes bodies of 16 000 bytes only: 413',
  async run(scene) {
    const influx = await influxdb(scene, { config: { http: { 'max-body-size': 16_000 } } });
    const app = await startHere(scene, { url: influx.url, path: true });
    const { answered } = await load(app, { amount: scene.short ? 500 : 5000, randomPaths: true });
    const outcome = await account(app, influx, answered);
    assert.equal(outcome.stored, answered);
    return outcome;
  },
};

export const typeConflict: Row = {
  number: 18,
  fault: 'a field has another type in the database: every 10th request has that field',
  async run(scene) {
    const influx = await influxdb(scene);
    await into(influx.url)([`raw-requests queue_time="long" ${Date.now()}000000`]);
    await influx.query('DELETE FROM "raw-requests"', 'requests');
    const gate = await openGate(scene, into(influx.url), pass);
    const app = await startHere(scene, { url: gate.url, flushIntervalMs: 60_000 });
    const rejected = 100;
    const headers = { 'x-request-start': `t=${Date.now()}` };
    const rest = rejected * 9;
    const answered = (await request(app, rejected, headers)) + (await request(app, rest));
    const outcome = await account(app, influx, answered);
    assert.equal(outcome.ledger.rejected, rejected);
    assert.equal(outcome.stored, rest);
    assert.equal(gate.attempts.length, 1, 'it is sent once');
    return { ...outcome, figures: `${gate.attempts.length} write` };
  },
};

export const expired: Row = {
  number: 18,
  fault: 'the requests are older than the database keeps any',
  async run(scene) {
    const influx = await influxdb(scene);
    await influx.query('CREATE RETENTION POLICY "hour" ON "requests" DURATION 1h REPLICATION 1 DEFAULT');
    const gate = await openGate(scene, into(influx.url), pass);
    const clock = 'const now = Date.now; Date.now = () => now() - 3 * 3600e3;';
    const app = await startApp(scene, {
      env: { INFLUX_URL: gate.url },
      execArgv: ['--import', `data:text/javascript,${encodeURIComponent(clock)}`],
    });
    const answered = await request(app, 500);
    const outcome = await account(app, influx, answered);
    assert.equal(outcome.ledger.rejected, answered);
    return { ...outcome, figures: `${gate.attempts.length} writes` };
  },
};

export const tooManyValues: Row = {
  number: 18,
  fault: 'the database takes 20 values of a tag: 30 routes',
  async run(scene) {
    const influx = await influxdb(scene, { config: { data: { 'max-values-per-tag': 20 } } });
    const app = await startHere(scene, { url: influx.url, flushIntervalMs: 60_000 });
    let answered = 0;
    for (let number = 0; number < 30; number++) {
      answered += await request(app, 10, { 'x-route': `/route-${number}` });
      await app.settled(); // the database counts before it looks at a write
    }
    const outcome = await account(app, influx, answered);
    assert.equal(outcome.ledger.rejected, 100);
    assert.equal(outcome.stored, 200);
    return outcome;
  },
};

export const diskFull: Row = {
  number: 25,
  fault: "the database's disk is full, until there is room again and it is restarted",
  cannotRun: whyNoDisk,
  async run(scene) {
    const disk = smallDisk(scene, 48 << 20);
    const influx = await influxdb(scene, {
      config: { data: { dir: join(disk.folder, 'data'), 'wal-dir': join(disk.folder, 'wal') } },
    });
    const app = await startApp(scene, { env: { INFLUX_URL: influx.url, RAW_REQUESTS_PATH: 'on' } });
    const amount = scene.short ? 1000 : 5000;
    let { answered } = await load(app, { amount, randomPaths: true });
    await app.settled();
    disk.fill();
    answered += (await load(app, { amount, rate: amount / 3, randomPaths: true })).answered;
    const { acknowledged, queued } = total(app);
    assert.ok(queued > 0, 'it was full');
    disk.clear();
    // Once its log could not be written, influxd 1.6 writes no more, whatever room there is.
    await influx.kill('SIGTERM');
    await influx.start();
    const outcome = await account(app, influx, answered, `${acknowledged} acknowledged before`);
    assert.equal(outcome.stored, answered);
    return outcome;
  },
};
