import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { influxdb } from '../../support/real/influx.ts';
import { until } from '../../support/within.ts';
import { account } from '../account.ts';
import { request, startApp, startHere, sum, total } from '../app.ts';
import { answer, first, STRANGE, storeAndAnswer } from '../behaviours.ts';
import { into, openGate, pass } from '../gate.ts';
import type { Row } from '../row.ts';

// The database answers with something else than 204.

const REQUESTS = 10;
/** Between the clocks of two threads. */
const CLOCK_SLACK_MS = 50;
const SOME_STATUSES = [
  200, 201, 299, 302, 304, 307, 400, 401, 403, 404, 405, 408, 413, 422, 425, 429, 451, 499,
].concat([500, 501, 502, 503, 504, 507, 511]);
const ALL_STATUSES = Array.from({ length: 312 }, (_, index) => 200 + index);

export const statuses: Row = {
  number: 16,
  fault: 'the database answers with each status twice, then as it should',
  async run(scene) {
    const influx = await influxdb(scene);
    const gate = await openGate(scene, into(influx.url), pass);
    const app = await startHere(scene, { url: gate.url, flushIntervalMs: 60_000 });
    let answered = 0;
    const attempts: Record<string, number> = {};
    for (const status of scene.short ? SOME_STATUSES : ALL_STATUSES) {
      const before = gate.attempts.length;
      const stores = status > 200 && status < 300;
      const behaviour = stores ? storeAndAnswer(status) : answer(status);
      gate.behave = (exchange) => first(before + 2, behaviour)(exchange);
      answered += await request(app, REQUESTS);
      await app.settled();
      const made = gate.attempts.length - before;
      attempts[made] = (attempts[made] ?? 0) + 1;
      assert.equal(total(app).acknowledged, answered, `${status} loses nothing`);
    }
    gate.behave = pass;
    const outcome = await account(app, influx, answered);
    assert.equal(outcome.stored, answered);
    const figures = Object.entries(attempts)
      .map(([made, count]) => `${count} x ${made}`)
      .join(', ');
    return { ...outcome, figures: `attempts: ${figures}` };
  },
};

export const retryAfter: Row = {
  number: 19,
  fault: '503 and 429 with Retry-After: 2, a date, past, huge, -1, junk',
  async run(scene) {
    const influx = await influxdb(scene);
    const cases: [value: string, leastMs: number, status: number][] = [
      ['2', 2000, 503],
      ['2', 2000, 429],
      [new Date(Date.now() + 3000).toUTCString(), 0, 503],
      ['Sat, 01 Jan 2000 00:00:00 GMT', 250, 503],
      ['-1', 250, 429],
      ['soon', 250, 503],
      ['99999999999', Number.POSITIVE_INFINITY, 503],
    ];
    const outcomes = await Promise.all(
      cases.map(async ([value, leastMs, status]) => {
        const behaviour = first(1, answer(status, { 'retry-after': value }));
        const gate = await openGate(scene, into(influx.url), behaviour);
        const app = await startHere(scene, { url: gate.url, flushIntervalMs: 10 });
        await request(app, REQUESTS);
        if (leastMs === Number.POSITIVE_INFINITY) {
          await sleep(3000);
          assert.equal(gate.attempts.length, 1, 'it is not asked before its time');
        } else {
          await until(() => gate.attempts.length > 1, `an attempt after ${value}`);
          const [one, two] = gate.attempts;
          assert.ok(two!.at - one!.at >= leastMs - 1, `${value}: ${two!.at - one!.at} ms`);
          const early = Date.parse(value) - (performance.timeOrigin + two!.at);
          assert.ok(!(early > CLOCK_SLACK_MS), `${value}: ${early} ms before`);
        }
        await app.settled();
        const [one, two] = gate.attempts;
        return { ledger: total(app), gap: `${Math.round((two!.at - one!.at) / 100) / 10} s` };
      }),
    );
    // The applications share a process: together they cannot be told apart by it, so they are only counted.
    const [row] = await influx.query('SELECT count("sequence") FROM "raw-requests"', 'requests');
    const answered = cases.length * REQUESTS;
    const ledger = sum(outcomes.map((outcome) => outcome.ledger));
    assert.equal(ledger.acknowledged, answered);
    assert.equal(row!.count, answered);
    return {
      answered,
      stored: Number(row!.count),
      ledger,
      figures: outcomes.map(({ gap }, index) => `${cases[index]![0]}: ${gap}`).join(', '),
    };
  },
};

export const strange: Row = {
  number: 22,
  fault: 'the database answers what no server should',
  async run(scene) {
    const timeoutMs = 1000;
    const influx = await influxdb(scene);
    const gate = await openGate(scene, into(influx.url), pass);
    const app = await startApp(scene, {
      env: {
        INFLUX_URL: gate.url,
        RAW_REQUESTS_TIMEOUT_MS: String(timeoutMs),
        // Only `settled` flushes, so that a batch has many lines: a line that is refused alone is rejected.
        RAW_REQUESTS_FLUSH_INTERVAL_MS: '60000',
      },
    });
    let answered = await request(app, REQUESTS);
    await app.settled();
    const before = total(app).rss;
    let most = 0;
    const watch = setInterval(() => {
      most = Math.max(most, total(app).rss);
    }, 50);
    scene.after(() => clearInterval(watch));
    let longest = 0;
    for (const [name, behaviour] of Object.entries(STRANGE)) {
      const done = gate.attempts.length;
      gate.behave = first(done + 2, behaviour);
      answered += await request(app, REQUESTS);
      await until(() => total(app).recorded === answered, 'the last sample');
      await app.settled();
      assert.ok(gate.attempts.length > done + 2, name);
      for (const { at, over } of gate.attempts.slice(done, done + 2)) longest = Math.max(longest, over - at);
    }
    const grown = Math.round((most - before) / (1 << 20));
    assert.ok(longest < timeoutMs + 5000, `an attempt took ${longest} ms`);
    assert.ok(grown < 60, `memory grew by ${grown} MiB`);
    const outcome = await account(
      app,
      influx,
      answered,
      `${Object.keys(STRANGE).length} answers; the longest attempt ${Math.round(longest)} ms of ${timeoutMs}; memory +${grown} MiB`,
    );
    assert.equal(outcome.stored, answered);
    return outcome;
  },
};
