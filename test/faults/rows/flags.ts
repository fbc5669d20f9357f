import { influxdb } from '../../support/real/influx.ts';
import { withoutThreads } from '../../support/run.ts';
import { loadBoth } from '../doors.ts';
import type { Row } from '../row.ts';

// Node is more careful than usual.

const noThreads = withoutThreads();

const FLAGS: readonly (readonly [name: string, ...execArgv: string[]])[] = [
  ['--frozen-intrinsics', '--frozen-intrinsics'],
  ['--disable-proto=throw', '--disable-proto=throw'],
  ['--disallow-code-generation-from-strings', '--disallow-code-generation-from-strings'],
  [`${noThreads[0]} and --allow-worker`, ...noThreads, '--allow-worker'],
  [`${noThreads[0]}, without threads`, ...noThreads],
];

export const flags: Row[] = FLAGS.map(([name, ...execArgv]) => ({
  number: 45,
  fault: `Node runs with ${name}`,
  async run(scene) {
    const influx = await influxdb(scene);
    const options = { env: { INFLUX_URL: influx.url }, execArgv };
    const { apps, ...outcome } = await loadBoth(scene, influx, options, scene.short ? 200 : 4000);
    const lines = apps.map((app) => app.log().length);
    return { ...outcome, figures: `${lines.join(' and ')} lines in the logs` };
  },
}));
