import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rawRequests } from '../../src/index.ts';
import { influxdb } from '../support/real/influx.ts';
import { listen } from '../support/server.ts';

test('in InfluxDB, the sums over all periods are those of the requests', async (t) => {
  const influx = await influxdb(t);
  const recorder = rawRequests({
    url: influx.url,
    database: 'requests',
    flushIntervalMs: 50,
    service: 'shop',
  });
  t.after(() => recorder.close());
  const { url } = await listen(t, (req, res) => {
    recorder(req, res);
    setTimeout(() => res.end(), req.url === '/slow' ? 30 : 0);
  });
  const first = async (query: string) => (await influx.query(query, 'requests'))[0] ?? {};
  let count = 0;
  for (;;) {
    for (let i = 0; i < 10; i++)
      await fetch(`${url}${i % 5 === 0 ? '/slow' : '/'}`).then((res) => res.text());
    count += 10;
    await recorder.flush();
    const { sum } = await first('SELECT sum(application_time_bucket) FROM "request-metrics"');
    if (Number(sum) > 20) break;
  }
  // Until the period in which the last of them ended is over.
  const sums = async () => {
    const { sum } = await first('SELECT sum(application_time_bucket) FROM "request-metrics"');
    return Number(sum);
  };
  while ((await sums()) < count) await recorder.flush();
  assert.equal(await sums(), count);
  const { sum: byRank } = await first('SELECT sum(request_threads_bucket) FROM "request-metrics"');
  assert.equal(byRank, count);
  const { sum: slow } = await first(
    `SELECT sum(application_time_bucket) FROM "request-metrics" WHERE time_bucket = '0.02' OR time_bucket = '0.04'`,
  );
  const { count: raw } = await first(
    'SELECT count(application_time) FROM "raw-requests" WHERE application_time > 0.02 AND application_time <= 0.08',
  );
  assert.equal(slow, raw);
  const own = await first(
    `SELECT last(memory) AS memory, cpu FROM "process-info" WHERE process_type = 'shop'`,
  );
  assert.ok(Number(own.memory) > 20e6 && Number(own.cpu) >= 0, `${own.memory} ${own.cpu}`);
  const ledger = await first('SELECT last(recorded) AS recorded, queued FROM "delivery"');
  assert.equal(ledger.recorded, count);
});
