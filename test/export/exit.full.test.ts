import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import net, { type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type Influxd, startInfluxd } from '../../src/cli/demo/place/influxd.ts';
import { type Exchange, into, openGate, pass } from '../faults/gate.ts';
import { LONG_EXIT_TIMEOUT, run, withoutThreads } from '../support/run.ts';
import { lasting } from '../support/within.ts';

const fixture = (name: string) => fileURLToPath(new URL(`../fixtures/${name}.js`, import.meta.url));

/** Needs root and Linux. */
const cannotUnshare = spawnSync('unshare', ['--fork', '--pid', 'true']).status !== 0;

describe('when the process ends', () => {
  let influx: Influxd;
  before(async () => {
    influx = await startInfluxd();
  });
  after(() => influx.stop());

  /** Runs the fixture against a database of its own. */
  async function end(
    way: string,
    env: Record<string, string> = {},
    flags: string[] = [],
    [command, ...wrapper]: string[] = [],
  ) {
    const database = `db_${Math.random().toString(36).slice(2)}`;
    await influx.query(`CREATE DATABASE ${database}`);
    const program = [...flags, fixture('ending'), way, '10'];
    const ended = await run(
      command === undefined ? program : [...wrapper, process.execPath, ...program],
      { ...LONG_EXIT_TIMEOUT, INFLUX_URL: influx.url, INFLUX_DATABASE: database, ...env },
      command,
    );
    const rows = await influx.query(
      'SELECT "sequence", "outcome", "status" FROM "raw-requests"',
      env.INFLUX_DATABASE ?? database,
    );
    const ofProcess = (measurement: string) =>
      influx.query(`SELECT * FROM "${measurement}"`, env.INFLUX_DATABASE ?? database);
    return { ...ended, rows, ofProcess };
  }

  test('its start, its stop and the last state of its ledger are there, once', async () => {
    for (const way of ['exit', 'ready', 'natural']) {
      const { ofProcess, stderr } = await end(way, { npm_package_version: '1.2.3' });
      const events = await ofProcess('process-event');
      assert.deepEqual(
        events.map(({ event, version, node, process_type }) => [event, version, node, process_type]),
        ['start', 'stop'].map((event) => [event, '1.2.3', process.versions.node, 'node']),
        `${way} ${stderr}`,
      );
      assert.match(String(events[1]!.text), /^node 1\.2\.3 stopped on \S+, pid \d+, Node\.js \d/);
      const { recorded, acknowledged } = (await ofProcess('delivery')).at(-1)!;
      assert.deepEqual([recorded, acknowledged], [10, 10], way);
    }
  });

  for (const [way, name, status] of [
    ['exit', 'by process.exit(3) right after the last response', 3],
    ['ready', 'by process.exit(3) when deliveries have been made before', 3],
    ['throw', 'by an uncaught exception', 1],
    ['reject', 'by an unhandled rejection', 1],
    ['natural', 'because nothing is left to do', 4],
  ] as const) {
    test(`${name}, all requests are in the database and the status stays ${status}`, async () => {
      const ended = await end(way);
      assert.equal(ended.status, status, ended.stderr);
      assert.deepEqual(
        ended.rows.map(({ sequence }) => sequence),
        [1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
      );
    });
  }

  for (const [way, name, status] of [
    ['exit-in-close', 'by process.exit(3) while close() is under way', 3],
    ['exit-in-flush', 'by process.exit(3) while flush() is under way', 3],
    ['throw-in-flush', 'by an uncaught exception while flush() is under way', 1],
  ] as const) {
    test(`${name}, and the database is slow, all requests are there and the status stays ${status}`, async (t) => {
      await influx.query('DROP DATABASE requests');
      await influx.query('CREATE DATABASE requests');
      const slow = async (exchange: Exchange) => {
        await lasting(500);
        await pass(exchange);
      };
      const gate = await openGate(t, into(influx.url), slow);
      const ended = await end(way, { INFLUX_URL: gate.url, INFLUX_DATABASE: 'requests' });
      assert.equal(ended.status, status, ended.stderr);
      assert.equal(ended.rows.length, 10);
    });
  }

  test('after listeners of beforeExit have kept it alive a few times, they have been called as often as without', async () => {
    const ended = await end('before-exit');
    assert.deepEqual([ended.status, ended.stdout], [4, '5 loops'], ended.stderr);
    assert.equal(ended.rows.length, 10);
    const without = await end('before-exit', { RAW_REQUESTS: 'off' });
    assert.deepEqual([without.status, without.stdout], [4, '5 loops'], without.stderr);
  });

  test('by process.abort(), what was flushed is there, and the parent sees the signal', async () => {
    const ended = await end('abort');
    assert.deepEqual([ended.status, ended.signal], [null, 'SIGABRT'], ended.stderr);
    assert.equal(ended.rows.length, 10);
  });

  test('with a request still open, that one is unfinished', async () => {
    const ended = await end('open');
    assert.equal(ended.status, 3, ended.stderr);
    assert.equal(ended.rows.length, 11);
    assert.deepEqual([ended.rows[10]!.outcome, ended.rows[10]!.status], ['unfinished', '0']);
  });

  test('by a signal, with handleSignals, all requests are there and the parent sees the signal', async () => {
    const ended = await end('signal', { RAW_REQUESTS_HANDLE_SIGNALS: 'on' });
    assert.deepEqual([ended.status, ended.signal, ended.stdout], [null, 'SIGTERM', '1'], ended.stderr);
    assert.equal(ended.rows.length, 10);
  });

  test('by a signal, without handleSignals, no listener is in its way', async () => {
    const ended = await end('signal');
    assert.deepEqual([ended.status, ended.signal, ended.stdout], [null, 'SIGTERM', '0'], ended.stderr);
  });

  test('by its own handler of a signal, all requests are there and the status is that of the handler', async () => {
    for (const handleSignals of ['on', 'off']) {
      const ended = await end('own-signal-handler', { RAW_REQUESTS_HANDLE_SIGNALS: handleSignals });
      assert.deepEqual([ended.status, ended.signal], [5, null], ended.stderr);
      assert.equal(ended.rows.length, 10);
    }
  });

  test('by a signal as the first process of a container, it ends all the same', {
    skip: cannotUnshare,
  }, async () => {
    const ended = await end(
      'signal',
      { RAW_REQUESTS_HANDLE_SIGNALS: 'on' },
      [],
      ['unshare', '--fork', '--pid'],
    );
    assert.equal(ended.status, 143, ended.stderr);
    assert.equal(ended.rows.length, 10);
  });

  test('without being able to start a worker thread, what was flushed is there', async () => {
    const ended = await end('flush', {}, withoutThreads());
    assert.equal(ended.status, 3, ended.stderr);
    assert.equal(ended.rows.length, 10);
  });

  test('a preload of the application does not run in the worker thread', async () => {
    const preload = join(influx.folder, 'preload.mjs');
    await writeFile(
      preload,
      `import { isMainThread } from 'node:worker_threads';
       import { writeSync } from 'node:fs';
       if (!isMainThread) writeSync(2, 'preloaded in a thread');
       else writeSync(2, 'preloaded;');`,
    );
    for (const ended of [
      await end('exit', {}, ['--import', preload]),
      await end('exit', { NODE_OPTIONS: `--import ${preload}` }),
    ]) {
      assert.equal(ended.status, 3, ended.stderr);
      assert.equal(ended.rows.length, 10);
      assert.equal(ended.stderr, 'preloaded;');
    }
  });

  test('and nobody listens, it ends at once, and the log says how many were not delivered', async () => {
    const probe = net.createServer().listen(0, '127.0.0.1');
    await once(probe, 'listening');
    const { port } = probe.address() as AddressInfo;
    probe.close();
    const ended = await run([fixture('ending'), 'exit', '10'], {
      INFLUX_URL: `http://127.0.0.1:${port}`,
      INFLUX_DATABASE: 'requests',
      RAW_REQUESTS_EXIT_TIMEOUT_MS: '60000',
    });
    assert.equal(ended.status, 3, ended.stderr);
    assert.ok(ended.ms < 30_000, `${ended.ms} ms`);
  });

  test('and the database does not answer, it waits no longer than exitTimeoutMs', async (t) => {
    const silent = net.createServer(() => {}).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    t.after(() => silent.close());
    const ended = await run([fixture('ending'), 'exit', '10'], {
      INFLUX_URL: `http://127.0.0.1:${(silent.address() as AddressInfo).port}`,
      INFLUX_DATABASE: 'requests',
      RAW_REQUESTS_TIMEOUT_MS: '60000',
      RAW_REQUESTS_EXIT_TIMEOUT_MS: '300',
    });
    assert.equal(ended.status, 3, ended.stderr);
    assert.ok(ended.ms < 30_000, `${ended.ms} ms`);
  });

  test('a program that only imports and mounts the middleware ends by itself', async () => {
    const ended = await run(
      [
        '--input-type=module',
        '-e',
        `import { rawRequests } from ${JSON.stringify(new URL('../../src/index.js', import.meta.url).href)}; rawRequests();`,
      ],
      { INFLUX_URL: influx.url, INFLUX_DATABASE: 'requests' },
    );
    assert.equal(ended.status, 0, ended.stderr);
    assert.ok(ended.ms < 30_000);
  });
});

describe('wrong settings', () => {
  const start = (env: Record<string, string>, options = '') =>
    run(
      [
        '--input-type=module',
        '-e',
        `import { rawRequests } from ${JSON.stringify(new URL('../../src/index.js', import.meta.url).href)}; rawRequests(${options});`,
      ],
      env,
    );

  test('end the program at start, with one clear line', async () => {
    for (const [env, options, line] of [
      [{ INFLUX_URL: 'foo', INFLUX_DATABASE: 'd' }, '', /^.*ConfigError.*: .*INFLUX_URL.*`foo`.*$/m],
      [
        { INFLUX_URL: 'http://127.0.0.1:1', INFLUX_DATABASE: 'd' },
        '{ flushIntervalMs: -1 }',
        /^.*ConfigError.*: .*`flushIntervalMs`.*`-1`.*$/m,
      ],
      [{}, '{ flushInterval: 5 }', /^.*ConfigError.*: .*`flushInterval`.*`flushIntervalMs`.*$/m],
      [
        { INFLUX_URL: 'http://127.0.0.1:1', INFLUX_DATABASE: 'd', RAW_REQUESTS_FLUSH_INTERVAL_MS: 'soon' },
        '',
        /^.*ConfigError.*: .*RAW_REQUESTS_FLUSH_INTERVAL_MS.*`soon`.*$/m,
      ],
    ] as const) {
      const { status, stderr } = await start(env, options);
      assert.equal(status, 1);
      assert.match(stderr, line);
    }
  });
});
