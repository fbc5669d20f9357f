import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import type { Influxd } from '../../src/cli/demo/place/influxd.ts';
import { type ProcessReading, parseStat, processReader } from '../../src/cli/processes/process-table.ts';
import { processTypes } from '../../src/cli/processes/process-types.ts';
import { influxdb } from '../support/real/influx.ts';
import { until } from '../support/within.ts';

const main = fileURLToPath(new URL('../../../dist/cli/main.js', import.meta.url));
let programs = 0;

const WORK = {
  /** Says ten times a second how much CPU time it has used, in us. */
  busy: `
    const { writeSync } = require('node:fs');
    for (let last = 0; ; ) {
      if (Date.now() - last < 100) continue;
      last = Date.now();
      const { user, system } = process.cpuUsage();
      writeSync(1, last + ' ' + (user + system) + '\\n');
    }`,
  idle: `console.log(0); setInterval(() => {}, 1e6)`,
};

/** A program that never rests, or never works, known by a word in its command line. */
async function program(t: TestContext, work: keyof typeof WORK) {
  const name = `raw-requests-test-${work}-${process.pid}-${++programs}`;
  const child = spawn(process.execPath, ['-e', WORK[work], name], { stdio: ['ignore', 'pipe', 'inherit'] });
  t.after(() => child.kill('SIGKILL'));
  let said = '';
  child.stdout.on('data', (chunk) => {
    said += chunk;
  });
  await once(child.stdout, 'data');
  /** The CPU time that it had used at `ms`, s. */
  const usedAt = (ms: number) => {
    const reports = said
      .trim()
      .split('\n')
      .map((line) => line.split(' ').map(Number));
    return reports.findLast(([at]) => at! <= ms)![1]! / 1e6;
  };
  return { child, name, pid: child.pid!, usedAt };
}

function start(t: TestContext, args: string[], influx?: { url: string }, env: Record<string, string> = {}) {
  const child = spawn(process.execPath, [main, 'processes', ...args], {
    env: {
      PATH: process.env.PATH,
      ...(influx && { INFLUX_URL: influx.url, INFLUX_DATABASE: 'requests' }),
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  t.after(() => child.kill('SIGKILL'));
  return { child, output: text(child.stdout), errors: text(child.stderr), exit: once(child, 'exit') };
}

async function end({ child, output, errors, exit }: ReturnType<typeof start>, signal?: NodeJS.Signals) {
  if (signal !== undefined) child.kill(signal);
  const [status] = await exit;
  return { status, output: await output, errors: await errors };
}

const stored = (influx: Influxd, type: string) =>
  influx.query(`SELECT cpu, memory, pid FROM "process-info" WHERE process_type = '${type}'`, 'requests');

const kill = async (child: ChildProcess) => {
  child.kill('SIGKILL');
  await once(child, 'exit');
};

describe('raw-requests processes', { timeout: 60_000 }, () => {
  test('writes CPU and memory of running programs, until they end, until Ctrl-C', async (t) => {
    const influx = await influxdb(t);
    const [busy, idle] = [await program(t, 'busy'), await program(t, 'idle')];
    const types = ['--type', `busy=${busy.name}`, '--type', `idle=${idle.name}`];
    const command = start(t, [...types, '--interval', '0.5'], influx, {
      RAW_REQUESTS_SERVICE: 'shop',
      RAW_REQUESTS_TAGS: 'env=test',
    });
    await until(async () => (await stored(influx, 'busy')).length >= 6, 'six rounds are stored');
    const rows = await stored(influx, 'busy');
    // What it had of the CPU depends on what else ran: it knows that itself.
    const times = rows.map(({ time }) => Number(time) / 1e6);
    const written = rows
      .slice(1)
      .reduce((sum, { cpu }, i) => sum + (Number(cpu) / 100) * ((times[i + 1]! - times[i]!) / 1e3), 0);
    const used = busy.usedAt(times.at(-1)!) - busy.usedAt(times[0]!);
    assert.ok(used > 0.1 && Math.abs(written - used) < 0.25, `${written} s written, ${used} s used`);
    for (const row of [...rows, ...(await stored(influx, 'idle'))]) {
      assert.ok(Number(row.memory) > 20e6 && Number(row.memory) < 300e6, String(row.memory));
    }
    assert.deepEqual(new Set(rows.map(({ pid }) => pid)), new Set([String(busy.pid)]));
    const calm = (await stored(influx, 'idle')).map(({ cpu }) => Number(cpu));
    assert.ok(Math.max(...calm) < 20, String(calm));
    const tags = await influx.query('SHOW TAG KEYS FROM "process-info"', 'requests');
    assert.deepEqual(
      tags.map(({ tagKey }) => tagKey),
      ['env', 'hostname', 'pid', 'process_type'],
    );

    await kill(busy.child);
    const rounds = async (more: number) => {
      const now = (await stored(influx, 'idle')).length;
      await until(async () => (await stored(influx, 'idle')).length >= now + more, `${more} rounds more`);
    };
    await rounds(2); // the first one may have begun before
    const last = (await stored(influx, 'busy')).length;
    await rounds(2);
    assert.equal((await stored(influx, 'busy')).length, last);

    const { status, output, errors } = await end(command, 'SIGINT');
    assert.equal(errors, '');
    assert.equal(status, 0);
    assert.match(output, /^Running: 1 (?:busy, 1 idle|idle, 1 busy)\.$/m);
    assert.match(output, /^Running: 1 idle\.$/m);
    const all = last + (await stored(influx, 'idle')).length;
    assert.match(output, new RegExp(`^${all} points stored in InfluxDB at ${influx.url} `, 'm'));
  });

  test('counts all that a program used that was not there before', async (t) => {
    const influx = await influxdb(t);
    const type = `raw-requests-test-new-${process.pid}`;
    const command = start(t, ['--type', `new=${type}`, '--interval', '1'], influx);
    await once(command.child.stdout, 'data');
    const child = spawn(process.execPath, ['-e', 'for (;;);', type]);
    t.after(() => child.kill('SIGKILL'));
    await until(async () => (await stored(influx, 'new')).length > 0, 'it is measured');
    const [{ cpu } = {}] = await stored(influx, 'new');
    assert.ok(Number(cpu) > 0, String(cpu));
    assert.equal((await end(command, 'SIGTERM')).status, 0);
  });

  test('loses no round while the database is down, and says so in one line', async (t) => {
    const idle = await program(t, 'idle');
    const bodies: string[] = [];
    let attempts = 0;
    let since = 0;
    let up = false;
    const server = http.createServer((req, res) => {
      const chunks: Buffer[] = [];
      req.on('data', (chunk) => chunks.push(chunk));
      req.on('end', () => {
        if (attempts++ === 0) since = performance.now();
        if (up) bodies.push(gunzipSync(Buffer.concat(chunks)).toString());
        res.writeHead(up ? 204 : 503).end();
      });
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    t.after(() => server.close());
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const command = start(t, ['--type', `idle=${idle.name}`, '--interval', '0.1'], { url });
    await until(() => attempts >= 3, 'three attempts');
    const downMs = performance.now() - since;
    up = true;
    await until(() => bodies.length >= 3, 'three writes are taken');
    const { status, output, errors } = await end(command, 'SIGINT');
    assert.equal(status, 0);
    assert.match(
      errors,
      /^\S+ InfluxDB at \S+ \(database requests\) does not take points since \S+: 503 Service Unavailable; \d+ points? waiting, nothing lost\n\S+ InfluxDB at \S+ \(database requests\) takes points again: \d+ delivered, 0 waiting\n$/,
    );
    const times = bodies
      .join('')
      .trimEnd()
      .split('\n')
      .map((line) => Number(line.split(' ')[2]) / 1e6);
    assert.ok(times.length > 10);
    assert.match(output, new RegExp(`^${times.length} points stored `, 'm'));
    const gaps = times.slice(1).map((time, i) => time - times[i]!);
    assert.ok(Math.max(...gaps) < downMs / 2 && Math.min(...gaps) > 0, `${downMs} ms down: ${gaps}`);
  });

  test('measures once, prints it, and ends', async (t) => {
    const influx = await influxdb(t);
    const idle = await program(t, 'idle');
    const { status, output } = await end(
      start(t, ['--type', `idle=${idle.name}`, '--once', '--interval', '0.2'], influx),
    );
    assert.equal(status, 0);
    assert.match(
      output,
      new RegExp(`^process_type +pid +cpu % +memory MB\nidle +${idle.pid} +[\\d.]+ +\\d+\n1 point stored`),
    );
    assert.equal((await stored(influx, 'idle')).length, 1);
    const none = await end(start(t, ['--match', 'no-such-program', '--once', '--interval', '0.2'], influx));
    assert.deepEqual([none.status, none.output.split('\n')[0]], [1, 'No such process is running.']);
  });

  test('says what is missing', async (t) => {
    const influx = { url: 'http://127.0.0.1:9' };
    for (const [command, message] of [
      [start(t, ['--match', 'a']), /^Expected INFLUX_URL to be set/],
      [start(t, [], influx), /^Expected --match or --type to say which processes/],
      [start(t, ['--match', ' ,'], influx), /^Expected --match or --type/],
      [start(t, ['--type', 'a'], influx), /^Expected --type to be name=pattern/],
      [start(t, ['--type', 'a=('], influx), /^Expected --type a to have a regular expression/],
      [start(t, ['--match', 'a', '--interval', '0'], influx), /Expected a number from 0\.1 to 3600/],
    ] as const) {
      const { status, errors } = await end(command);
      assert.equal(status, 1);
      assert.match(errors, message);
    }
  });
});

test('a process is of the type that its name, its program or its script says, or its command line', () => {
  const typeOf = processTypes(
    ['nginx', 'gunicorn', 'a-program-with-a-long-name'],
    ['api=node .*/api\\.js', 'first=^x', 'second=^x'],
  );
  for (const [name, args, type] of [
    ['nginx', ['nginx: worker process'], 'nginx'],
    ['a-program-with-', ['/opt/bin/a-program-with-a-long-name', '-v'], 'a-program-with-a-long-name'],
    ['python3', ['/usr/bin/python3', '/usr/local/bin/gunicorn', 'app'], 'gunicorn'],
    ['node', ['/usr/bin/node', '/srv/api.js'], 'api'],
    ['vi', ['vi', '-R', 'nginx'], undefined],
    ['grep', ['grep', 'nginx'], undefined],
    ['x', [], 'first'],
    ['nginx-debug', ['nginx-debug'], undefined],
  ] as const) {
    assert.equal(typeOf({ name, args }), type, name);
  }
});

test('a name may hold what stands around it', () => {
  const rest = 'S 1 2 3 4 5 6 7 8 9 10 70 30 13 14 15 16 17 18 4711 20';
  assert.deepEqual(parseStat(`12 (a) (b c) ${rest}`), { name: 'a) (b c', cpuTicks: 100, startTicks: 4711 });
});

for (const platform of ['linux', 'darwin'] as const) {
  test(`processes are read as on ${platform}`, async (t) => {
    const busy = await program(t, 'busy');
    const read = processReader(processTypes([], [`busy=${busy.name}`]), platform);
    const one = async (): Promise<ProcessReading> => {
      const readings = await read();
      assert.equal(readings.length, 1);
      return readings[0]!;
    };
    const first = await one();
    const used = busy.usedAt(Date.now());
    await until(() => busy.usedAt(Date.now()) - used > 0.4, 'it has used more of the CPU');
    const second = await one();
    assert.equal(first.pid, busy.pid);
    assert.equal(first.identity, second.identity);
    assert.ok(second.cpuSeconds - first.cpuSeconds > 0.2, `${first.cpuSeconds} ${second.cpuSeconds}`);
    assert.ok(second.ageSeconds > first.ageSeconds && second.ageSeconds < 60, String(second.ageSeconds));
    assert.ok(second.memory > 20e6 && second.memory < 300e6, String(second.memory));
    await kill(busy.child);
    assert.deepEqual(await read(), []);
  });
}
