import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Worker } from 'node:worker_threads';
import { sender } from '../../support/export/sender.ts';
import { fakeInflux } from '../../support/fake-influx.ts';

const fixture = (name: string) => fileURLToPath(new URL(`../../fixtures/${name}.js`, import.meta.url));

async function temporary(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'raw-requests-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

const filesIn = async (folder: string) =>
  (await readdir(folder, { recursive: true }).catch(() => [])).filter((file) => file.endsWith('.lp.gz'));

describe('what the database does not take, with spoolDir', () => {
  test('goes to disk, and from there to the database when it takes it', async (t) => {
    const spoolDir = await temporary(t);
    const influx = await fakeInflux(t);
    influx.answer = (_write, res) => res.writeHead(503).end();
    const { recorder, request, until } = await sender(t, { url: influx.url, spoolDir });
    for (let i = 0; i < 10; i++) await request(10);
    await until(({ spooled }) => spooled === 100);
    assert.equal(recorder.stats().queued, 0);
    assert.ok((await filesIn(spoolDir)).length > 0);

    influx.answer = undefined;
    await until(({ acknowledged }) => acknowledged === 100);
    assert.deepEqual(recorder.stats(), {
      recorded: 100,
      acknowledged: 100,
      queued: 0,
      spooled: 0,
      dropped: 0,
      unknown: 0,
      rejected: 0,
      hookErrors: 0,
      internalErrors: 0,
      queueTimeErrors: 0,
      recovered: 0,
    });
    assert.deepEqual(await filesIn(spoolDir), []);
    assert.equal(new Set(influx.points.map(({ fields }) => fields.sequence)).size, 100);
  });

  test('loses only its bad lines when it comes from disk', async (t) => {
    const spoolDir = await temporary(t);
    const influx = await fakeInflux(t);
    influx.answer = (_write, res) => res.writeHead(503).end();
    const { recorder, request, until } = await sender(t, { url: influx.url, spoolDir });
    await request(50);
    await until(({ spooled }) => spooled === 50);
    influx.answer = ({ points }, res) =>
      res.writeHead(points.some(({ fields }) => String(fields.sequence) === '7') ? 400 : 204).end();
    await until(({ spooled }) => spooled === 0);
    assert.deepEqual([recorder.stats().acknowledged, recorder.stats().rejected], [49, 1]);
  });

  test('waits in memory where the disk cannot be written to', async (t) => {
    const influx = await fakeInflux(t);
    influx.answer = (_write, res) => res.writeHead(503).end();
    const { recorder, request, until } = await sender(t, {
      url: influx.url,
      spoolDir: '/dev/null/spool',
    });
    await request(20);
    await recorder.flush();
    assert.deepEqual([recorder.stats().queued, recorder.stats().spooled], [20, 0]);
    influx.answer = undefined;
    await until(({ acknowledged }) => acknowledged === 20);
  });

  test('is counted once when the thread died before it could say that it was on disk', async (t) => {
    const spoolDir = await temporary(t);
    const { recorder, request, until, influx, died } = await spooledByADeadThread(t, spoolDir);
    // As if the first file had been put twice: by the dead thread, and by its successor.
    const [first = ''] = (await filesIn(spoolDir)).sort();
    await cp(join(spoolDir, first), join(spoolDir, first.replace(/\d{9}(-\d+\.lp\.gz)$/, '900000000$1')));
    await died();
    influx.answer = undefined;
    await request(1);
    await until(({ queued, spooled }) => queued + spooled === 0);
    const { recorded, acknowledged, recovered } = recorder.stats();
    assert.deepEqual([recorded, acknowledged, recovered], [13, 13, 0]);
  });

  test('is unknown when another process adopted it, while the thread that delivers had died', async (t) => {
    const spoolDir = await temporary(t);
    const { recorder, until, influx, died } = await spooledByADeadThread(t, spoolDir);
    for (const folder of await readdir(spoolDir)) await rm(join(spoolDir, folder), { recursive: true });
    await died();
    influx.answer = undefined;
    await until(({ spooled }) => spooled === 0);
    const { recorded, unknown } = recorder.stats();
    assert.deepEqual([recorded, unknown], [12, 12]);
  });

  test('is delivered by another process after SIGKILL', async (t) => {
    const influx = await fakeInflux(t);
    influx.answer = (_write, res) => res.writeHead(503).end();
    const spoolDir = await temporary(t);
    const child = spawn(process.execPath, [fixture('serving')], {
      env: {
        ...process.env,
        INFLUX_URL: influx.url,
        INFLUX_DATABASE: 'requests',
        RAW_REQUESTS_SPOOL_DIR: spoolDir,
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const spooled = await killedWith(child);
    assert.ok(spooled >= 20, `${spooled}`);
    influx.answer = undefined;
    const { request, until } = await sender(t, { url: influx.url, spoolDir });
    await until(({ recovered }) => recovered >= spooled);
    await request(1);
    await until(({ acknowledged }) => acknowledged === 1);
    const sequences = influx.points.map(({ tags, fields }) => `${tags.process} ${fields.sequence}`);
    assert.equal(new Set(sequences).size, sequences.length);
    assert.ok(sequences.length >= spooled + 1);
  });
});

/** Twelve requests, of two batches, on disk; then the thread that put them there ends. */
async function spooledByADeadThread(t: TestContext, spoolDir: string) {
  const influx = await fakeInflux(t);
  influx.answer = (_write, res) => res.writeHead(503).end();
  const thread = once(process, 'worker');
  const all = await sender(t, { url: influx.url, spoolDir });
  const [worker] = (await thread) as [Worker];
  await all.request(10);
  await all.until(({ spooled }) => spooled === 10);
  await all.request(2);
  await all.until(({ spooled }) => spooled === 12);
  const next = once(process, 'worker');
  await worker.terminate();
  return { ...all, influx, died: () => next };
}

/** Kills the fixture when it says that something is on disk; returns how much. */
async function killedWith(child: ChildProcess): Promise<number> {
  let spooled = 0;
  child.stdout!.on('data', (chunk) => {
    spooled = Number(String(chunk).trim().split('\n').at(-1));
    if (spooled >= 20) child.kill('SIGKILL');
  });
  const [, signal] = await once(child, 'close');
  assert.equal(signal, 'SIGKILL');
  return spooled;
}
