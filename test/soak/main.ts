// The soak: applications under changing load, while one thing after the other happens to their database.
// `npm run soak -- --minutes 60 --seed 7`; the seed gives the same troubles in the same order.
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { whyNoDisk } from '../faults/disk.ts';
import { cleaningUp } from '../faults/row.ts';
import type { Application } from './applications.ts';
import { startApplications } from './applications.ts';
import { startDatabase, TROUBLES } from './database.ts';
import { type Loaded, load, spell } from './load.ts';
import { trendOf } from './memory.ts';
import { between, randomFrom } from './random.ts';
import { clock, conditions, table } from './report.ts';
import { pointsOf, wrong } from './verdict.ts';
import { atRest, cpuOf, kindsOf, rssOf } from './watch.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '60' },
    seed: { type: 'string', default: String(Date.now() % 100_000) },
  },
});
const minutes = Number(values.minutes);
const seed = Number(values.seed);
if (!(minutes > 0)) throw new Error(`Expected --minutes to be a positive number, got \`${values.minutes}\``);
if (!Number.isSafeInteger(seed))
  throw new Error(`Expected --seed to be a whole number, got \`${values.seed}\``);
if (process.platform !== 'linux') throw new Error('The soak reads /proc, so it needs Linux.');

const MAX_FAULT_MS = 30_000;
/** Of a hundred troubles, about so many last long enough to fill queues. */
const LONG = 5;
const LONG_MS = 120_000;

const failures = await cleaningUp('the soak', async (after) => {
  const interrupted = new Promise<never>((_resolve, reject) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const)
      process.once(signal, () => reject(new Error(`ended by ${signal}`)));
  });
  return Promise.race([soak({ after }), interrupted]);
});
process.exit(failures === 0 ? 0 : 1);

/** Returns how much is not as it should be. */
async function soak(scene: { after(cleanUp: () => unknown): void }): Promise<number> {
  const database = await startDatabase(scene, minutes);
  const { headers } = await fetch(`${database.influx.url}/ping`);
  console.log(conditions({ minutes, seed, influxdb: headers.get('x-influxdb-version') ?? 'unknown' }));
  if (database.disk === undefined) console.log(`the disk is never full: that ${whyNoDisk()}`);
  const applications = await startApplications(scene, database.line.url);
  const cold = applications.map(({ pid }) => rssOf(pid));

  // What each has open before anything has happened to it, but for a few requests.
  const loads: Loaded[] = applications.map(() => ({ answered: 0, failed: 0, left: 0 }));
  const randoms = applications.map((_, index) => randomFrom(seed + 1 + index));
  await Promise.all(applications.map((app, index) => spell(app, randoms[index]!, loads[index]!)));
  const before = await Promise.all(applications.map((app) => atRest(app)));

  const over = new AbortController();
  const start = performance.now();
  const cpuBefore = applications.map(({ pid }) => cpuOf(pid));
  const rss: number[][] = cold.map((mib) => [mib]);
  const watching = setInterval(() => {
    for (const [index, { pid }] of applications.entries()) {
      try {
        rss[index]!.push(rssOf(pid));
      } catch {
        // It has ended, which its next word says.
      }
    }
  }, 1000);
  scene.after(() => clearInterval(watching));
  const loaded = Promise.all(
    applications.map((app, index) => load(app, randoms[index]!, loads[index]!, over.signal)),
  );
  // Awaited at the end; what goes wrong before is known then.
  loaded.catch(() => {});
  const happened = await trouble(database, applications, start);
  over.abort();
  await loaded;
  const seconds = (performance.now() - start) / 1000;
  clearInterval(watching);
  const cpu = applications.map(({ pid }, index) => (cpuOf(pid) - cpuBefore[index]!) / seconds);

  const rest = await Promise.all(applications.map((app, index) => atRest(app, before[index])));
  const accounts = await Promise.all(
    applications.map(async (app, index) => ({
      loaded: loads[index]!,
      word: app.word(),
      points: await pointsOf(database.influx, app.pid),
      descriptors: { before: before[index]!.descriptors.length, after: rest[index]!.descriptors.length },
      handles: { before: before[index]!.handles, after: rest[index]!.handles },
    })),
  );
  console.log(
    `\n${happened} troubles in ${clock(seconds)} min\n\n${table(
      applications.map((app, index) => ({
        name: app.name,
        account: accounts[index]!,
        trend: trendOf(rss[index]!),
        cpu: cpu[index]!,
        logLines: app.log().split('\n').filter(Boolean).length,
      })),
    )}\n`,
  );
  const sentences = applications.flatMap(({ name }, index) => {
    const all = wrong(accounts[index]!);
    if (accounts[index]!.descriptors.after > accounts[index]!.descriptors.before)
      all.push(`${kindsOf(before[index]!.descriptors)} -> ${kindsOf(rest[index]!.descriptors)}`);
    return all.map((sentence) => `${name}: ${sentence}`);
  });
  for (const app of applications) {
    const status = await app.exit();
    if (status !== 0) sentences.push(`${app.name}: it exited with ${status}: ${app.log()}`);
  }
  console.log(sentences.length === 0 ? 'PASS' : sentences.map((sentence) => `FAIL ${sentence}`).join('\n'));
  return sentences.length;
}

/** Has one thing happen after the other until the time is over; returns how many. */
async function trouble(
  database: Awaited<ReturnType<typeof startDatabase>>,
  applications: readonly Application[],
  start: number,
): Promise<number> {
  const random = randomFrom(seed);
  const left = () => minutes * 60_000 - (performance.now() - start);
  let count = 0;
  while (left() > 0) {
    const calm = between(random, 1000, 20_000);
    const trouble = TROUBLES[Math.floor(random() * TROUBLES.length)]!;
    const ms = random() * 100 < LONG ? LONG_MS : between(random, 500, MAX_FAULT_MS);
    await sleep(Math.min(calm, Math.max(0, left())));
    if (left() <= 0) break;
    const at = performance.now() - start;
    await trouble.happen(database, Math.min(ms, left()));
    count++;
    const lasted = Math.round((performance.now() - start - at) / 1000);
    const waiting = applications.map((app) => app.word().stats.queued + app.word().stats.spooled);
    const memory = applications.map(({ pid }) => Math.round(rssOf(pid)));
    console.log(
      `${clock(at / 1000).padStart(6)}  ${trouble.name.padEnd(16)} ${String(lasted).padStart(3)} s   waiting ${waiting.join(', ')}   RSS ${memory.join(', ')} MiB`,
    );
  }
  return count;
}
