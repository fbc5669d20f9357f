import assert from 'node:assert/strict';
import type { Influxd } from '../../src/cli/demo/place/influxd.ts';
import { type App, total } from './app.ts';
import type { Outcome } from './row.ts';
import type { Sample } from './server.ts';

/**
 * Compares what was answered, what the library says became of it and what the database holds, when all is delivered:
 *
 * - the ledger added up, whenever it was looked at
 * - each request that the server saw is recorded
 * - the database holds what was acknowledged, and beyond that nothing but what counts as unknown
 * - no point is there twice, and none that is no request
 */
export async function account(
  app: App,
  influx: Influxd,
  answered: number,
  figures?: string,
): Promise<Outcome> {
  await app.settled(answered);
  const stored = await assertStored(app.samples(), influx);
  const sum = total(app);
  assert.equal(sum.served, answered, 'requests that the server counted');
  return { answered, stored, ledger: sum, ...(figures === undefined ? {} : { figures }) };
}

export async function assertStored(samples: readonly Sample[], influx: Influxd): Promise<number> {
  const byProcess = await sequences(influx);
  for (const sample of samples) {
    assert.equal(sample.broken, undefined, 'the ledger adds up');
    assert.equal(sample.recorded, sample.served, 'requests recorded');
    const own = byProcess.get(sample.pid) ?? [];
    assert.equal(new Set(own).size, own.length, 'no point is there twice');
    assert.ok(
      own.every((sequence) => sequence >= 1 && sequence <= sample.recorded),
      'no point is invented',
    );
    const { acknowledged, unknown } = sample;
    assert.ok(
      acknowledged <= own.length && own.length <= acknowledged + unknown,
      `stored ${own.length}, acknowledged ${acknowledged}, unknown ${unknown}`,
    );
  }
  return [...byProcess.values()].reduce((sum, { length }) => sum + length, 0);
}

/** The numbers of the requests that the database holds, by process. */
export async function sequences(influx: Influxd): Promise<Map<number, number[]>> {
  const rows = await influx.query('SELECT "sequence", "process" FROM "raw-requests"', 'requests');
  const byProcess = new Map<number, number[]>();
  for (const { sequence, process } of rows) {
    const pid = Number(String(process).split(':').at(-1));
    const its = byProcess.get(pid) ?? [];
    its.push(Number(sequence));
    byProcess.set(pid, its);
  }
  return byProcess;
}
