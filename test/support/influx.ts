import type { TestContext } from 'node:test';
import { type Influxd, type InfluxdOptions, startInfluxd } from '../../src/cli/demo/place/influxd.ts';

/** A real InfluxDB 1.x with the database `requests`, which ends with the test. */
export async function influxdb(
  t: Pick<TestContext, 'after'>,
  options: InfluxdOptions = {},
): Promise<Influxd> {
  const influxd = await startInfluxd(options);
  t.after(() => influxd.stop());
  await influxd.query('CREATE DATABASE requests');
  return influxd;
}
