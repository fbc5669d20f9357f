import assert from 'node:assert/strict';
import { join } from 'node:path';
import { influxdb } from '../../support/real/influx.ts';
import { until } from '../../support/within.ts';
import { account } from '../account.ts';
import { load, startApp, total } from '../app.ts';
import { answer } from '../behaviours.ts';
import { smallDisk, whyNoDisk } from '../disk.ts';
import { into, openGate, pass } from '../gate.ts';
import type { Row } from '../row.ts';

// The disk of the spool, while the database is away and requests come.

const MIB = 1 << 20;

export const spoolDisk: Row = {
  number: 25,
  fault:
    "the spool's disk is full, has room again, is read-only, and is as it was; the database is away meanwhile",
  cannotRun: whyNoDisk,
  async run(scene) {
    const disk = smallDisk(scene, 64 * MIB);
    const influx = await influxdb(scene);
    const gate = await openGate(scene, into(influx.url), answer(503));
    const app = await startApp(scene, {
      env: {
        INFLUX_URL: gate.url,
        RAW_REQUESTS_SPOOL_DIR: join(disk.folder, 'spool'),
        RAW_REQUESTS_FLUSH_INTERVAL_MS: '100',
        RAW_REQUESTS_PATH: 'on',
      },
    });
    let answered = 0;
    const some = async () => {
      const spell = { amount: scene.short ? 200 : 3000, rate: 300, randomPaths: true };
      answered += (await load(app, spell)).answered;
      await until(() => total(app).recorded === answered, 'the last sample');
      return total(app);
    };
    await some();
    await until(() => total(app).spooled > 0, 'it is on disk');
    disk.fill();
    const full = await some();
    assert.ok(full.queued > 0, 'what does not fit waits in memory');
    disk.clear();
    await until(() => total(app).queued === 0, 'what waits goes to the disk, when there is room');
    disk.readOnly(true);
    const readOnly = await some();
    assert.ok(readOnly.queued > 0, 'what cannot be written waits in memory');
    disk.readOnly(false);
    await until(() => total(app).queued === 0, 'what waits goes to the disk, when it can be written');
    gate.behave = pass;
    const outcome = await account(app, influx, answered);
    assert.equal(outcome.stored, answered);
    return {
      ...outcome,
      figures: `${full.queued} waited in memory while it was full, ${readOnly.queued} while it was read-only; ${app.log().length} lines in the log`,
    };
  },
};
