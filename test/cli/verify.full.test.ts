import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { ThreadNumbers } from '../../src/cli/verify/numbering.ts';
import { sender } from '../support/export/sender.ts';
import { influxdb } from '../support/real/influx.ts';
import { victoriaMetrics } from '../support/real/victoria.ts';
import { run } from '../support/run.ts';

const NO_LEDGERS = { before: undefined, last: undefined };

const main = fileURLToPath(new URL('../../../dist/cli/main.js', import.meta.url));

/** Up to a second from now, as requests of a test have just ended. */
const soon = () => new Date(Date.now() + 1000).toISOString();

describe('raw-requests verify', () => {
  test('finds each missing request, whichever they are', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 2, max: 99 })), (missing) => {
        const numbers = new ThreadNumbers();
        for (let sequence = 1; sequence <= 100; sequence++)
          if (!missing.includes(sequence)) numbers.add(sequence, BigInt(sequence));
        const result = numbers.result(NO_LEDGERS);
        const sorted = missing.toSorted((a, b) => a - b);
        assert.equal(result.points, 100 - sorted.length);
        assert.equal(result.missing, sorted.length);
        assert.deepEqual([result.firstMissing, result.lastMissing], [sorted[0], sorted.at(-1)]);
      }),
    );
  });

  test('is not misled by a clock that was set back', () => {
    const numbers = new ThreadNumbers();
    // In the order of their times: the second half has those of the first half once more.
    for (let n = 2; n <= 50; n++) for (const sequence of [n, n + 50]) numbers.add(sequence, BigInt(sequence));
    assert.equal(numbers.result(NO_LEDGERS).missing, 1); // 51, which is between 50 and 52
    numbers.add(51, 51n);
    assert.equal(numbers.result(NO_LEDGERS).missing, 0);
  });

  test('tells a thread that was started again from requests that are there twice', () => {
    const numbers = new ThreadNumbers();
    for (const [at, sequence] of [7, 8, 9, 1, 2, 2, 3, 5].entries())
      numbers.add(sequence, BigInt(sequence === 2 ? 4 : at));
    const ledger = { time: 9n, recorded: 8, waiting: 1, dropped: 1, unknown: 0, rejected: 0 };
    assert.deepEqual(numbers.result({ before: undefined, last: ledger }), {
      points: 8,
      duplicates: 1,
      starts: 2,
      first: 7,
      last: 5,
      unknownUpTo: 6,
      missing: 4, // 4, then 6 to 8, of which one was on the way
      firstMissing: 4,
      lastMissing: 8,
    });
    // A ledger of the thread before says nothing of this one.
    assert.equal(numbers.result({ before: undefined, last: { ...ledger, time: 2n } }).missing, 1);
  });

  test('knows from the ledgers what is missing at the start, at the end, and altogether', () => {
    const ledger = (recorded: number, waiting = 0) => ({
      ...{ time: BigInt(recorded), recorded, waiting },
      ...{ dropped: 0, unknown: 0, rejected: 0 },
    });
    const missing = (stored: [from: number, to: number] | [], before?: number, last?: number) => {
      const numbers = new ThreadNumbers();
      const [from = 1, to = 0] = stored;
      for (let sequence = from; sequence <= to; sequence++) numbers.add(sequence, BigInt(sequence));
      const of = (recorded: number | undefined) => (recorded === undefined ? undefined : ledger(recorded));
      const { missing, unknownUpTo } = numbers.result({ before: of(before), last: of(last) });
      return unknownUpTo > 0 ? `${missing}, unknown ${unknownUpTo}` : missing;
    };
    assert.equal(missing([11, 50], 10, 50), 0);
    assert.equal(missing([21, 50], 10, 50), 10);
    assert.equal(missing([11, 40], 10, 50), 10);
    assert.equal(missing([], 10, 50), 40);
    assert.equal(missing([], 50, 50), 0, 'it was idle');
    assert.equal(missing([1, 20], 50, 20), 0, 'it was started again');
    assert.equal(missing([6, 20], 50, 20), 5, 'and lost its first requests');
    assert.equal(missing([], 50, 20), 20, 'and lost all');
    assert.equal(missing([], undefined, 100), '0, unknown 100');
    assert.equal(missing([51, 100], undefined, 100), '0, unknown 50');
    assert.equal(missing([1, 100], undefined, undefined), 0);
  });

  test('proves that all is in a real InfluxDB, and names what was deleted there', async (t) => {
    const influx = await influxdb(t);
    const env = { INFLUX_URL: influx.url, INFLUX_DATABASE: 'requests' };
    const verify = (...args: string[]) => run([main, 'verify', '--to', soon(), ...args], env);
    const none = await verify();
    assert.equal(none.status, 2);
    assert.match(none.stderr, /^There are no requests in InfluxDB 1\.\S+ between /);

    const { requestAtOnce, until, recorder } = await sender(t, { url: influx.url, service: 'shop' });
    for (let i = 0; i < 5; i++) await requestAtOnce(100);
    await until(({ acknowledged }) => acknowledged === 500);
    await recorder.close();
    const { status, stdout } = await verify('--service', 'shop');
    assert.equal(status, 0, stdout);
    assert.match(stdout, /^\S+:\d+ +0 +500 +1 +500 +0$/m);
    assert.match(stdout, /^Complete: 500 points of 1 thread, no number is missing\.$/m);

    const times = await influx.query(
      'SELECT "sequence" FROM "raw-requests" WHERE "sequence" = 40 OR "sequence" = 44',
      'requests',
    );
    for (const { time } of times)
      await influx.query(`DELETE FROM "raw-requests" WHERE time = ${time}`, 'requests');
    const damaged = await verify('--json');
    assert.equal(damaged.status, 1);
    const { complete, points, missing, threads } = JSON.parse(damaged.stdout);
    assert.deepEqual({ complete, points, missing }, { complete: false, points: 498, missing: 2 });
    assert.deepEqual([threads[0].firstMissing, threads[0].lastMissing], [40, 44]);
    const text = await verify();
    assert.match(text.stdout, /498 +1 +500 +2 +the first missing 40, the last 44/m);
    assert.match(text.stdout, /^Incomplete: 498 points of 1 thread, 2 requests missing\.$/m);

    await influx.query('DROP MEASUREMENT "raw-requests"', 'requests');
    const empty = await verify();
    assert.equal(empty.status, 1, empty.stdout);
    assert.match(empty.stdout, / 0 +0 +0 +0 +nothing is known of 1 to \d+$/m);
  });

  test('does so in VictoriaMetrics, which takes lines that it does not keep', async (t) => {
    const victoria = await victoriaMetrics(t);
    const ns = BigInt(Date.now() - 60_000) * 1_000_000n;
    const lines = [1, 2, 3, 5, 6].map(
      (sequence) =>
        `raw-requests,process=web:1,thread=0,route=/${sequence % 2} sequence=${sequence}i ${ns + BigInt(sequence) * 1_000_000n}`,
    );
    const answer = await fetch(`${victoria.url}/write?db=requests`, {
      method: 'POST',
      body: lines.join('\n'),
    });
    assert.equal(answer.status, 204);
    await victoria.values('raw-requests_sequence', lines.length);
    const { status, stdout, stderr } = await run([main, 'verify', '--to', soon()], {
      INFLUX_URL: victoria.url,
      INFLUX_DATABASE: 'requests',
    });
    assert.equal(status, 1, stderr);
    assert.match(stdout, /^VictoriaMetrics/);
    assert.match(stdout, /^web:1 +0 +5 +1 +6 +1 +missing: 4$/m);
  });

  test('names what is wrong with its arguments', async () => {
    const verify = (...args: string[]) =>
      run([main, 'verify', ...args], { INFLUX_URL: '', INFLUX_DATABASE: '' });
    assert.match(
      (await verify('--last', 'an hour')).stderr,
      /^Expected --last to be a duration .*, got an hour/,
    );
    assert.match((await verify('--from', 'now')).stderr, /^Expected --from to be a time .*, got now/);
    const nowhere = await verify();
    assert.equal(nowhere.status, 2);
    assert.match(nowhere.stderr, /^Expected INFLUX_URL to be set/);
  });
});
