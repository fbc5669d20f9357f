import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import type { Stats } from '../../../src/index.ts';
import { NO_STATS } from '../../../src/record/ledger.ts';
import { influxdb } from '../../support/real/influx.ts';
import { run } from '../../support/run.ts';
import type { Row } from '../row.ts';
import { addsUp } from '../server.ts';

// Functions of Node's that the library calls now and then throw: worn out, or replaced by the application.

const PROGRAM = fileURLToPath(new URL('../../fixtures/patched-app.js', import.meta.url));
const STATUS = 3;
const AT_ONCE = 4;

const FUNCTIONS: readonly string[] = [
  'Date.now',
  'process.cpuUsage',
  'process.memoryUsage',
  'process.memoryUsage.rss',
  'process.resourceUsage',
  'performance.now',
  'performance.eventLoopUtilization',
  'MessagePort.prototype.postMessage',
];

interface Said {
  readonly asked: number;
  readonly answered: number;
  readonly stats: Stats;
}

export const patched: Row = {
  number: 47,
  fault: `functions of Node's throw: ${FUNCTIONS.join(', ')}`,
  async run(scene) {
    const influx = await influxdb(scene);
    const doors = ['middleware', 'register'];
    const all = doors.flatMap((door) =>
      ['late', 'early'].flatMap((when) => FUNCTIONS.map((name) => [door, name, when] as const)),
    );
    const tried = scene.short
      ? all.filter(([door, , when], index) => when === 'late' && (door === 'register') === (index % 2 === 0))
      : all;
    const said: Said[] = [];
    for (let at = 0; at < tried.length; at += AT_ONCE) {
      const group = tried.slice(at, at + AT_ONCE).map(async (args) => {
        const env = { INFLUX_URL: influx.url, INFLUX_DATABASE: 'requests' };
        const { status, stdout, stderr } = await run([PROGRAM, ...args], env);
        assert.equal(status, STATUS, `${args.join(' ')}: ${stderr}`);
        const one: Said = JSON.parse(stdout);
        assert.equal(one.answered, one.asked, `${args.join(' ')}: each request is answered`);
        assert.ok(addsUp(one.stats), `${args.join(' ')}: ${JSON.stringify(one.stats)}`);
        // Where the clock has never worked, nothing is recorded.
        const [, , when] = args;
        if (when === 'late') assert.equal(one.stats.recorded, one.asked, args.join(' '));
        return one;
      });
      said.push(...(await Promise.all(group)));
    }
    const [counted] = await influx.query('SELECT count("sequence") FROM "raw-requests"', 'requests');
    const answered = said.reduce((sum, one) => sum + one.answered, 0);
    const recorded = said.reduce((sum, one) => sum + one.stats.recorded, 0);
    const ledger = { ...NO_STATS, recorded, acknowledged: Number(counted!.count) };
    return { answered, stored: ledger.acknowledged, ledger, figures: `${tried.length} applications` };
  },
};
