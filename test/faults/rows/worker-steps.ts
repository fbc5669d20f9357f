import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { influxdb } from '../../support/real/influx.ts';
import { temporaryFolder } from '../../support/spooling.ts';
import { assertStored } from '../account.ts';
import { load, startApp, sum } from '../app.ts';
import { answer, first } from '../behaviours.ts';
import { copyLibrary, libraryIn } from '../damage.ts';
import { into, openGate, pass } from '../gate.ts';
import type { Row, Scene } from '../row.ts';

// The thread that delivers dies on its way with a batch, at each step.

/** Code in the thread, before anything of the library is loaded there, that has it die at that step. */
const STEPS: Readonly<Record<string, string>> = {
  'before a batch is compressed': "before(zlib, 'gzipSync');",
  'when it is compressed': "after(zlib, 'gzipSync');",
  'before it says that it is encoded': "beforeSaying('encoded');",
  'when it has said so': "afterSaying('encoded');",
  'before it is sent': "before(http, 'request');",
  'while it is sent': `const { request } = http;
    http.request = (...args) => request(...args).on('socket', (socket) => socket.once('connect', die)).once('finish', die);`,
  'when the answer is there': `const { request } = http;
    http.request = (...args) => request(...args).once('response', die);`,
  'before it says what became of it': "beforeSaying('settled');",
  'when it has said what became of it': "afterSaying('settled');",
};

/** The same where the database is away at first, and there is a spool. */
const SPOOL_STEPS: Readonly<Record<string, string>> = {
  'before a file is made': "before(fs, 'mkdirSync');",
  'before it is written': "before(fs, 'writeSync');",
  'when half of it is written': `const { writeSync } = fs;
    fs.writeSync = (file, body, at) => { writeSync(file, body, at, body.byteLength >> 1); die(); };`,
  'before it has its name': "before(fs, 'renameSync');",
  'when it has its name': "after(fs, 'renameSync');",
  'before it says that it is on disk': "beforeSaying('spooled');",
  'when it has said so': "afterSaying('spooled');",
  'before its file is removed': "before(fs, 'unlinkSync');",
  'when its file is removed': "after(fs, 'unlinkSync');",
  'before it says that it is delivered from disk': "beforeSaying('fileSettled');",
};

export const dyingSteps: Row[] = [
  row('the thread that delivers dies at each step of a batch', STEPS, false),
  row('the same with a spool, after the database was away', SPOOL_STEPS, true),
];

/** So many applications at a time. */
const AT_ONCE = 4;

function row(fault: string, steps: Readonly<Record<string, string>>, withSpool: boolean): Row {
  return {
    number: 13,
    fault,
    async run(scene) {
      const influx = await influxdb(scene);
      const all = Object.entries(steps);
      // Of each two steps that are next to each other, the later one is the more interesting.
      const tried = scene.short ? all.filter((_, index) => index % 2 === 1) : all;
      const apps = [];
      for (let at = 0; at < tried.length; at += AT_ONCE) {
        const group = tried.slice(at, at + AT_ONCE);
        apps.push(
          ...(await Promise.all(group.map(([name, code]) => die(scene, influx.url, name, code, withSpool)))),
        );
      }
      const samples = apps.flatMap((app) => app.samples());
      const stored = await assertStored(samples, influx);
      const ledger = sum(samples);
      assert.equal(stored, ledger.served, 'nothing is lost');
      return {
        answered: ledger.served,
        stored,
        ledger,
        figures: `${apps.length} steps, a thread died at each`,
      };
    },
  };
}

/** One application, whose thread dies there once; its successor goes on. */
async function die(scene: Scene, url: string, name: string, code: string, withSpool: boolean) {
  const folder = await copyLibrary(scene);
  const thread = join(folder, 'src/export/thread');
  const died = join(folder, 'died');
  await rename(join(thread, 'worker.js'), join(thread, 'intact.js'));
  await writeFile(join(thread, 'worker.js'), dyingThread(code, died));
  const gate = await openGate(scene, into(url), withSpool ? first(2, answer(503)) : pass);
  const app = await startApp(scene, {
    library: libraryIn(folder),
    env: {
      INFLUX_URL: gate.url,
      RAW_REQUESTS_FLUSH_INTERVAL_MS: '100',
      ...(withSpool ? { RAW_REQUESTS_SPOOL_DIR: temporaryFolder(scene) } : {}),
    },
  });
  const { answered } = await load(app, { amount: 300, rate: 150 });
  await app.settled(answered);
  assert.ok(existsSync(died), `${name}: it has died`);
  return app;
}

function dyingThread(code: string, died: string): string {
  return `
    import fs from 'node:fs';
    import http from 'node:http';
    import zlib from 'node:zlib';
    import { syncBuiltinESMExports } from 'node:module';
    import { MessagePort } from 'node:worker_threads';
    const { existsSync, closeSync, openSync } = fs;
    const die = () => {
      closeSync(openSync(${JSON.stringify(died)}, 'w'));
      process.exit(1);
    };
    const before = (owner, name) => {
      owner[name] = () => die();
    };
    const after = (owner, name) => {
      const intact = owner[name];
      owner[name] = (...args) => {
        intact(...args);
        die();
      };
    };
    const { postMessage } = MessagePort.prototype;
    const saying = (type, dies) => {
      MessagePort.prototype.postMessage = function (message) {
        if (message?.type === type) dies(() => postMessage.call(this, message));
        else postMessage.call(this, message);
      };
    };
    const beforeSaying = (type) => saying(type, die);
    const afterSaying = (type) => saying(type, (say) => {
      say();
      die();
    });
    if (!existsSync(${JSON.stringify(died)})) {
      ${code}
      syncBuiltinESMExports();
    }
    await import('./intact.js');
  `;
}
