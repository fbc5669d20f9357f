import { type Influxd, type InfluxdOptions, startInfluxd } from '../../../src/cli/demo/place/influxd.ts';
import type { Owner } from '../owner.ts';

/** A real InfluxDB 1.x with the database `requests`, which ends with its owner. */
export async function influxdb(t: Owner, options: InfluxdOptions = {}): Promise<Influxd> {
  const influxd = await startInfluxd(options);
  t.after(() => influxd.stop());
  await influxd.query('CREATE DATABASE requests');
  return influxd;
}
