import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { influxdb } from '../../support/real/influx.ts';
import { temporaryFolder } from '../../support/spooling.ts';
import { until } from '../../support/within.ts';
import { sequences } from '../account.ts';
import { load, request, startApp, total } from '../app.ts';
import { answer, hang } from '../behaviours.ts';
import { into, openGate, pass } from '../gate.ts';
import type { Row } from '../row.ts';

// The application ends, or is ended.

export const exitUnanswered: Row = {
  number: 6,
  fault: 'process.exit() while the database does not answer, exitTimeoutMs 1000',
  async run(scene) {
    const influx = await influxdb(scene);
    const exitTimeoutMs = 1000;
    const gate = await openGate(scene, into(influx.url), hang);
    const app = await startApp(scene, {
      env: { INFLUX_URL: gate.url, RAW_REQUESTS_EXIT_TIMEOUT_MS: String(exitTimeoutMs) },
    });
    const answered = await request(app, 100);
    await until(() => gate.attempts.length > 0 && total(app).recorded === answered, 'an attempt');
    const ledger = total(app);
    const { ms, status } = await app.exit();
    assert.equal(status, 0);
    assert.ok(ms < exitTimeoutMs + 500, `exit took ${ms} ms`);
    assert.match(app.log().at(-1)!, /100 requests could not be delivered before the end/);
    return { answered, stored: 0, ledger, figures: `exit took ${ms} ms; the log says that 100 are lost` };
  },
};

export const killedWithSpool: Row = {
  number: 8,
  fault: 'the application is killed with SIGKILL, again and again, with a spool',
  async run(scene) {
    const times = scene.short ? 3 : 100;
    const influx = await influxdb(scene);
    const gate = await openGate(scene, into(influx.url), answer(503));
    const env = {
      INFLUX_URL: gate.url,
      RAW_REQUESTS_SPOOL_DIR: temporaryFolder(scene),
      RAW_REQUESTS_FLUSH_INTERVAL_MS: '10',
      RAW_REQUESTS_LOG_LEVEL: 'silent',
    };
    const promised = new Map<number, number>();
    let answered = 0;
    let recorded = 0;
    for (let time = 0; time < times; time++) {
      const app = await startApp(scene, { env });
      answered += (await load(app, { amount: 200, rate: 400 })).answered;
      await until(() => app.samples().some(({ spooled }) => spooled > 0), 'something in the spool');
      await sleep(Math.random() * 100);
      await app.kill('SIGKILL');
      const [last] = app.samples();
      promised.set(last!.pid, last!.spooled);
      recorded += last!.recorded;
    }
    gate.behave = pass;
    const app = await startApp(scene, { env });
    const sum = [...promised.values()].reduce((all, spooled) => all + spooled, 0);
    await until(() => app.samples().some(({ recovered }) => recovered >= sum), 'all that was in the spool');
    const stored = await sequences(influx);
    for (const [pid, spooled] of promised) {
      const own = stored.get(pid) ?? [];
      assert.equal(new Set(own).size, own.length, 'no point is there twice');
      assert.ok(own.length >= spooled && own.length <= 200, `${own.length} of ${spooled}`);
    }
    const count = [...stored.values()].reduce((all, { length }) => all + length, 0);
    const ledger = { ...total(app), recorded };
    return {
      answered,
      stored: count,
      ledger,
      figures: `${times} times; reported as spooled ${sum}, recovered ${ledger.recovered}`,
    };
  },
};
