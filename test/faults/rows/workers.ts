import assert from 'node:assert/strict';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { influxdb } from '../../support/real/influx.ts';
import { withoutThreads } from '../../support/run.ts';
import { until } from '../../support/within.ts';
import { account, sequences } from '../account.ts';
import { type AppOptions, load, request, startApp, total } from '../app.ts';
import { copyLibrary, libraryIn } from '../damage.ts';
import type { Row, Scene } from '../row.ts';

// The thread that delivers dies, or cannot be started.

/** What goes wrong in the thread, a moment after it has begun to work. */
const DEATHS_BY: Readonly<Record<string, string>> = {
  throws: 'throw new Error("on purpose");',
  'rejects a promise that nobody watches': 'void Promise.reject(new Error("on purpose"));',
  exits: 'process.exit(3);',
  'runs out of memory': 'for (const all = []; ; ) all.push({ a: all.length });',
};

const deaths: Row[] = Object.entries(DEATHS_BY).map(([how, code]) => ({
  number: 13,
  fault: `the thread that delivers ${how}, and so does its successor`,
  // Node reports these deaths with the same events as that of a thread that throws.
  onlyLong: how === 'exits' || how === 'rejects a promise that nobody watches',
  async run(scene) {
    const deaths = scene.short ? 1 : 3;
    const folder = await copyLibrary(scene);
    const threads = join(folder, 'threads');
    await rename(join(folder, 'src/export/thread/worker.js'), join(folder, 'src/export/thread/intact.js'));
    await writeFile(
      join(folder, 'src/export/thread/worker.js'),
      `import { appendFileSync, readFileSync } from 'node:fs';
       import './intact.js';
       appendFileSync(${JSON.stringify(threads)}, '.');
       const thread = readFileSync(${JSON.stringify(threads)}, 'latin1').length;
       if (thread <= ${deaths}) setTimeout(() => { ${code} }, 300);`,
    );
    const influx = await influxdb(scene);
    const app = await startApp(scene, {
      library: libraryIn(folder),
      env: { INFLUX_URL: influx.url },
      // The bound of the memory of a thread is that of the process.
      execArgv: ['--max-old-space-size=64'],
    });
    let answered = 0;
    for (let death = 1; death <= deaths; death++) {
      answered += await request(app, 200);
      const died = () => app.log().filter((line) => line.includes('the delivery thread ended')).length;
      await until(() => died() === death, `death ${death}`);
    }
    answered += await request(app, 200);
    const outcome = await account(app, influx, answered);
    assert.equal(outcome.stored, answered);
    const { length } = await readFile(threads, 'latin1');
    assert.equal(length, deaths + 1);
    return { ...outcome, figures: `${length} threads` };
  },
}));

const notPermitted: Row = {
  number: 13,
  fault: 'Node may start no thread: --permission',
  run: (scene) => underLoad(scene, { execArgv: withoutThreads() }),
};

const stuckAtExit: Row = {
  number: 14,
  fault: 'the thread that delivers is stuck, and the process exits, exitTimeoutMs 1000',
  async run(scene) {
    const folder = await copyLibrary(scene);
    const worker = join(folder, 'src/export/thread/worker.js');
    await writeFile(worker, `${await readFile(worker, 'utf8')}\nsetTimeout(() => { for (;;); }, 300);`);
    const { app, answered } = await loadedUntilStuck(scene, { library: libraryIn(folder) });
    const ledger = total(app);
    const { ms, status } = await app.exit();
    assert.equal(status, 0);
    assert.ok(ms < 1500, `exit took ${ms} ms`);
    return { answered, stored: ledger.acknowledged, ledger, figures: `exit took ${ms} ms` };
  },
};

const deadAtExit: Row = {
  number: 14,
  fault: 'the thread that delivers has died, and the process exits before there is another',
  async run(scene) {
    const folder = await copyLibrary(scene);
    const worker = join(folder, 'src/export/thread/worker.js');
    const died = join(folder, 'died');
    await writeFile(
      worker,
      `${await readFile(worker, 'utf8')}
       import { existsSync, writeFileSync } from 'node:fs';
       if (!existsSync(${JSON.stringify(died)})) {
         writeFileSync(${JSON.stringify(died)}, '');
         process.exit(1);
       }`,
    );
    const influx = await influxdb(scene);
    const app = await startApp(scene, { library: libraryIn(folder), env: { INFLUX_URL: influx.url } });
    const answered = await request(app, 100);
    await until(() => app.log().some((line) => line.includes('the delivery thread ended')), 'its death');
    const { ms, status } = await app.exit();
    assert.equal(status, 0);
    const stored = [...(await sequences(influx)).values()].flat().length;
    assert.equal(stored, answered);
    return { answered, stored, ledger: total(app), figures: `exit took ${ms} ms` };
  },
};

export const workers: Row[] = [...deaths, notPermitted, stuckAtExit, deadAtExit];

/** The application answers all, and all that it has answered is stored. */
async function underLoad(scene: Scene, options: Omit<AppOptions, 'env'>) {
  const influx = await influxdb(scene);
  const app = await startApp(scene, { ...options, env: { INFLUX_URL: influx.url } });
  const { answered } = await load(app, { amount: scene.short ? 800 : 4000, rate: 400 });
  const outcome = await account(app, influx, answered);
  assert.equal(outcome.stored, answered);
  return outcome;
}

async function loadedUntilStuck(scene: Scene, options: Omit<AppOptions, 'env'>) {
  const influx = await influxdb(scene);
  const env = { INFLUX_URL: influx.url, RAW_REQUESTS_EXIT_TIMEOUT_MS: '1000' };
  const app = await startApp(scene, { ...options, env });
  const { answered } = await load(app, { amount: 600, rate: 300 });
  await until(() => total(app).recorded === answered, 'the last sample');
  assert.ok(total(app).queued > 0, 'it is stuck');
  assert.equal(total(app).broken, undefined, 'the ledger adds up');
  return { app, answered };
}
