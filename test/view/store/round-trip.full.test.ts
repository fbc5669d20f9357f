import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { Store } from '../../../src/view/store/store.ts';
import { influxdb } from '../../support/real/influx.ts';
import { BASE, lineOf, point } from '../../support/view/any-points.ts';
import { PageOf } from '../../support/view/stored-page.ts';

describe('an export', () => {
  test('of line protocol is taken by a real InfluxDB as the same points', { timeout: 60_000 }, async (t) => {
    const store = new Store(100_000);
    const points = fc.sample(point, { numRuns: 5000, seed: 1 });
    const body = points.map((each, i) => lineOf(each, BASE + BigInt(i)));
    store.write(Buffer.from(body.join('')), 1n);
    const page = new PageOf(store);
    const requests = page.requests();
    assert.ok(requests.length > 1000, `${requests.length}`);

    const influx = await influxdb(t);
    const answer = await fetch(`${influx.url}/write?db=requests`, {
      method: 'POST',
      body: page.export('line-protocol'),
    });
    assert.equal(answer.status, 204, await answer.text());
    const stored = await influx.query('SELECT * FROM "raw-requests"', 'requests');
    assert.equal(stored.length, requests.length);
    const byTime = new Map(stored.map((row) => [BigInt(row.time as bigint), row]));
    for (const { timestamp, tags: written, fields } of requests) {
      const row = byTime.get(timestamp)!;
      const there = Object.entries(row).filter(([name, value]) => name !== 'time' && value !== null);
      const expected = [
        ...Object.entries(written),
        ...fields.map(({ name, value, type }) => [name, type === 'float' ? value : String(value)]),
      ];
      const asText = there.map(([name, value]) => [
        name,
        typeof value === 'number' && fields.some((field) => field.name === name && field.type === 'float')
          ? value
          : String(value),
      ]);
      assert.deepEqual(Object.fromEntries(asText), Object.fromEntries(expected));
    }
  });
});
