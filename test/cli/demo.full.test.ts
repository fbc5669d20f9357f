import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { on, once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { findInfluxd } from '../../src/cli/demo/place/influxd.ts';
import { influxdb } from '../support/real/influx.ts';
import { until } from '../support/within.ts';

const main = fileURLToPath(new URL('../../../dist/cli/main.js', import.meta.url));

/** Starts the built demo with a folder of its own for temporary files, and with nothing of our environment's settings. */
async function demo(t: TestContext, args: string[], env: Record<string, string> = {}) {
  assert.ok(findInfluxd(), 'There is no `influxd` on the PATH. Run `npm run setup` first.');
  const folder = await mkdtemp(join(tmpdir(), 'raw-requests-demo-test-'));
  const child = spawn(process.execPath, [main, 'demo', ...args], {
    env: { PATH: process.env.PATH, TMPDIR: folder, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  t.after(async () => {
    child.kill('SIGKILL');
    await rm(folder, { recursive: true, force: true });
  });
  return { child, folder, output: text(child.stdout), errors: text(child.stderr) };
}

async function exitCode(child: ChildProcess): Promise<number | null> {
  return child.exitCode ?? (await once(child, 'exit'))[0];
}

/** No process of the demo is left, and no file. Processes are known by the folder, which all of them name or inherit. */
async function assertNothingLeft(folder: string): Promise<void> {
  const left = async () => [...(await readdir(folder)), ...processesOf(folder)];
  await until(async () => (await left()).length === 0, 'nothing is left').catch(async ({ message }) =>
    assert.fail(`${message}: ${(await left()).join(', ')}`),
  );
}

function processesOf(folder: string): string[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.flatMap((pid) => {
    try {
      // The environment holds TMPDIR. A process that has ended but was not waited for shows neither.
      const [command, environment] = ['cmdline', 'environ'].map((file) =>
        readFileSync(`/proc/${pid}/${file}`, 'utf8'),
      );
      return `${command}${environment}`.includes(folder) ? [`${pid} ${command!.replaceAll('\0', ' ')}`] : [];
    } catch {
      return []; // ended meanwhile
    }
  });
}

describe('raw-requests demo', () => {
  test('finds every request that it sent in a database of its own, and leaves nothing behind', async (t) => {
    const { child, folder, output, errors } = await demo(t, ['--influxdb', '--requests', '500']);
    const status = await exitCode(child);
    assert.equal(await errors, '');
    assert.equal(status, 0, await output);
    assert.match(await output, /^ {2}Sent {6}500 requests in /m);
    assert.match(await output, /^ {2}Stored {4}500 points, counted by the database$/m);
    assert.match(await output, /^ {2}Result {4}equal: every request is one point$/m);
    assert.match(await output, /^ {2}\/tenants\/:tenant\/items\/:item +GET +2xx +\d+ +[\d.]+ +[\d.]+$/m);
    assert.match(await output, /^ {2}\(unmatched\) +GET +4xx +\d+ /m);
    assert.match(await output, /^ {2}all of them +500 /m);
    assert.match(
      await output,
      /^ {2}raw-requests,.*route=.* application_time=[\d.e-]+,.*start_time=\d{19}i \d{19}$/m,
    );
    assert.ok(!(await output).includes('\x1b'), 'no colour outside of a terminal');
    await assertNothingLeft(folder);
  });

  test('shows every request in a live view, whose address comes first, and ends when nobody watches', async (t) => {
    const { child, folder, output, errors } = await demo(t, ['--requests', '500'], { RAW_REQUESTS: 'off' });
    const status = await exitCode(child);
    assert.equal(await errors, '');
    assert.equal(status, 0, await output);
    assert.match(await output, /^raw-requests: live view at http:\/\/127\.0\.0\.1:\d+\n/);
    assert.match(await output, /^ {2}Stored {4}500 points, counted by the live view$/m);
    assert.match(await output, /^ {2}Result {4}equal: every request is one point$/m);
    assert.match(await output, /^ {2}\(unmatched\) +GET +4xx +\d+ /m);
    assert.match(await output, /^ {2}all of them +500 /m);
    assert.match(
      await output,
      /^ {2}raw-requests,.*run=demo-.* application_time=.*start_time=\d{19}i \d{19}$/m,
    );
    await assertNothingLeft(folder);
  });

  test('leaves the live view up until Ctrl-C', async (t) => {
    const { child, folder, output } = await demo(t, ['--requests', '200', '--keep']);
    let said = '';
    for await (const [chunk] of on(child.stdout, 'data')) {
      said += chunk;
      if (said.includes('until Ctrl-C')) break;
    }
    const [, url = ''] = /live view at (\S+)/.exec(said)!;
    assert.equal((await fetch(`${url}/ping`)).status, 204);
    child.kill('SIGINT');
    assert.equal(await exitCode(child), 0, await output);
    await assert.rejects(fetch(`${url}/ping`));
    await assertNothingLeft(folder);
  });

  test('with the live view, ends at once on Ctrl-C', async (t) => {
    const { child, folder, output } = await demo(t, []);
    for await (const [chunk] of on(child.stdout, 'data')) if (`${chunk}`.includes('per second')) break;
    assert.equal(processesOf(folder).length, 2, 'the demo and its app');
    child.kill('SIGINT');
    assert.equal(await exitCode(child), 130, await output);
    await assertNothingLeft(folder);
  });

  test('counts only its own points in the database that the environment names', async (t) => {
    const influxd = await influxdb(t, { auth: { username: 'admin', password: 'se cret' } });
    const env = {
      INFLUX_URL: influxd.url,
      INFLUX_DATABASE: 'requests',
      INFLUX_USERNAME: 'admin',
      INFLUX_PASSWORD: 'se cret',
      RAW_REQUESTS_IGNORE: '/*',
    };
    for (const requests of ['40', '30']) {
      const { child, output } = await demo(t, ['--requests', requests], env);
      assert.equal(await exitCode(child), 0, await output);
      assert.match(await output, new RegExp(`Stored    ${requests} points`));
    }
    const [row] = await influxd.query('SELECT count("application_time") FROM "raw-requests"', 'requests');
    assert.equal(row?.count, 70);
  });

  test('says how to make the database that is missing, and sends nothing', async (t) => {
    const influxd = await influxdb(t);
    const { child, errors } = await demo(t, [], { INFLUX_URL: influxd.url, INFLUX_DATABASE: 'absent' });
    assert.equal(await exitCode(child), 1);
    assert.match(await errors, /has no database "absent" yet.*\n.*CREATE DATABASE "absent"/);
  });

  for (const [signal, status] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGKILL', null],
  ] as const) {
    test(`ends with everything it started on ${signal}`, async (t) => {
      const { child, folder, output } = await demo(t, ['--influxdb']);
      for await (const [chunk] of on(child.stdout, 'data')) if (`${chunk}`.includes('per second')) break;
      assert.equal((await readdir(folder)).length, 1);
      assert.equal(processesOf(folder).length, 4, 'the demo, its app, its database and the guard of that');
      child.kill(signal);
      assert.equal(await exitCode(child), status, await output);
      await assertNothingLeft(folder);
    });
  }
});
