import { setTimeout as sleep } from 'node:timers/promises';
import type { Influxd } from '../../src/cli/demo/place/influxd.ts';
import { type Disk, smallDisk, whyNoDisk } from '../faults/disk.ts';
import { type Line, openLine, type Weather } from '../faults/line.ts';
import type { Scene } from '../faults/row.ts';
import { influxdb } from '../support/real/influx.ts';
import { temporaryFolder } from '../support/spooling.ts';

/** A real InfluxDB with a disk of its own, at the end of a line. */
export interface Database {
  readonly influx: Influxd;
  readonly line: Line;
  readonly disk: Disk | undefined;
}

/** Room for the points of a minute of load; seen: 3 MiB. */
const MINUTE_BYTES = 16 << 20;
const LEAST_BYTES = 128 << 20;

export async function startDatabase(scene: Pick<Scene, 'after'>, minutes: number): Promise<Database> {
  const disk = whyNoDisk() ? undefined : smallDisk(scene, LEAST_BYTES + Math.ceil(minutes) * MINUTE_BYTES);
  const folder = disk?.folder ?? temporaryFolder(scene);
  const influx = await influxdb(scene, {
    config: { data: { dir: `${folder}/data`, 'wal-dir': `${folder}/wal` } },
  });
  const line = await openLine(scene, Number(new URL(influx.url).port));
  return { influx, line, disk };
}

/** Something that happens to a database; resolves when it is as before. */
export interface Trouble {
  readonly name: string;
  happen(database: Database, ms: number): Promise<void>;
}

export const TROUBLES: readonly Trouble[] = [
  {
    name: 'stopped',
    happen: async ({ influx }, ms) => {
      await influx.kill('SIGTERM');
      await sleep(ms);
      await influx.start();
    },
  },
  {
    name: 'killed',
    happen: async ({ influx }, ms) => {
      await influx.kill('SIGKILL');
      await sleep(ms);
      await influx.start();
    },
  },
  {
    name: 'frozen',
    happen: async ({ influx }, ms) => {
      await influx.kill('SIGSTOP');
      await sleep(ms);
      await influx.kill('SIGCONT');
    },
  },
  {
    name: 'restarted',
    happen: async ({ influx }) => {
      await influx.kill('SIGTERM');
      await influx.start();
    },
  },
  {
    name: 'disk full',
    happen: async ({ influx, disk, line }, ms) => {
      if (disk === undefined) return;
      disk.fill();
      await sleep(ms);
      // Once its log could not be written, influxd 1.6 writes no more, whatever room there is. The next one cuts off
      // what is torn at the end of the log, but goes on writing behind it: what it takes is lost with its own end.
      // So there is a third, and until then nothing to take.
      line.weather = 'rejecting';
      await influx.kill('SIGTERM');
      disk.clear();
      for (const torn of [true, false]) {
        await influx.start();
        if (torn) await influx.kill('SIGTERM');
      }
      line.weather = 'fine';
    },
  },
  ...(['black hole', 'rejecting', 'breaking', 'slow'] as const).map((weather: Weather) => ({
    name: `line: ${weather}`,
    happen: async ({ line }: Database, ms: number) => {
      line.weather = weather;
      await sleep(ms);
      line.weather = 'fine';
    },
  })),
];
