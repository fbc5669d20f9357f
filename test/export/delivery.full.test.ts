import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sender } from '../support/export/sender.ts';
import { influxdb } from '../support/real/influx.ts';

test('a write is accepted by an InfluxDB that asks for credentials', async (t) => {
  const auth = { username: 'admin', password: 'se cret' };
  const influx = await influxdb(t, { auth });
  const { recorder, request } = await sender(t, { url: influx.url, ...auth });
  await request(5);
  await recorder.flush();
  assert.deepEqual(recorder.stats(), { ...recorder.stats(), recorded: 5, acknowledged: 5 });
  const [row] = await influx.query('SELECT count("sequence") FROM "raw-requests"', 'requests');
  assert.equal(row!.count, 5);
});
