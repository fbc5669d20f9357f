import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { adviceOn, type Options } from '../../src/options/options.ts';
import { fakeInflux } from '../support/fake-influx.ts';
import { run } from '../support/run.ts';
import { temporaryFolder } from '../support/spooling.ts';

const hook = new URL('../../src/register.js', import.meta.url).href;
const library = new URL('../../src/index.js', import.meta.url).href;

type Env = Record<string, string>;

const TARGET: Env = { INFLUX_URL: 'http://db:8086', INFLUX_DATABASE: 'requests' };
const NOTHING =
  /^nothing is recorded, because no destination is set: set INFLUX_URL and .* RAW_REQUESTS=view to see/;

const mistake = (env: Env, user: Options = {}) => adviceOn(user, env).mistake;

describe('a variable that is misspelt', () => {
  test('is named with the one that was meant, with a destination or without', () => {
    const f = (name: string, meant: string) => {
      const sentence = `Unknown environment variable ${name}: did you mean ${meant}?`;
      assert.equal(
        mistake({ [name]: 'x' }),
        `${sentence} Nothing is recorded, because there is no destination.`,
      );
      if (name.toUpperCase().startsWith('RAW')) assert.equal(mistake({ ...TARGET, [name]: 'x' }), sentence);
    };
    f('RAW_REQUEST', 'RAW_REQUESTS');
    f('RAWREQUESTS', 'RAW_REQUESTS');
    f('RAW_REQEUSTS', 'RAW_REQUESTS');
    f('raw_requests', 'RAW_REQUESTS');
    f('RAW-REQUESTS', 'RAW_REQUESTS');
    f('RAW_REQUEST_LOG_LEVEL', 'RAW_REQUESTS_LOG_LEVEL');
    f('RAWREQUESTS_FLUSH_INTERVAL', 'RAW_REQUESTS_FLUSH_INTERVAL_MS');
    f('INFLUX_ULR', 'INFLUX_URL');
    f('INFLUXURL', 'INFLUX_URL');
    f('influx_url', 'INFLUX_URL');
    f('INFLUX_DATABSE', 'INFLUX_DATABASE');
  });

  test('is named where the one that was meant would have an effect', () => {
    const bucket = { INFLUX_URL: 'http://db:8086', INFLUX_BUCKET: 'b' };
    assert.match(mistake({ ...bucket, INFLUX_TOKN: 'x' })!, /INFLUX_TOKN: did you mean INFLUX_TOKEN\?$/);
    assert.equal(mistake({ ...bucket, INFLUX_TOKEN: 'y', INFLUX_TOKN: 'x' }), undefined);
    assert.equal(mistake({ ...TARGET, INFLUX_BUCKETS: 'x', INFLUX_HOSTS: 'x', INFLUX_DBS: 'x' }), undefined);
  });

  test('never has its value shown', () => {
    assert.doesNotMatch(JSON.stringify(adviceOn({}, { INFLUX_ULR: 'http://me:canary@db' })), /canary/);
  });
});

describe('a part of a destination without its address', () => {
  test('is named with what is missing', () => {
    const f = (env: Env, user: Options, given: string) => {
      assert.equal(
        mistake(env, user),
        `${given} set, but INFLUX_URL (\`url\`) is not, so nothing is recorded: set it as well, as in INFLUX_URL=http://localhost:8086.`,
      );
    };
    f({ INFLUX_DATABASE: 'd' }, {}, 'INFLUX_DATABASE is');
    f({ INFLUX_BUCKET: 'b', INFLUX_TOKEN: 't' }, {}, 'INFLUX_BUCKET and INFLUX_TOKEN are');
    f({ INFLUX_TOKEN: 't' }, { database: 'd' }, '`database` and INFLUX_TOKEN are');
    f({}, { token: 't' }, '`token` is');
  });

  test('names the misspelt address instead, and what of others may be the address', () => {
    assert.match(
      mistake({ INFLUX_ULR: 'x', INFLUX_DATABASE: 'd' })!,
      /^Unknown environment variable INFLUX_ULR/,
    );
    assert.match(
      mistake({ INFLUX_DATABASE: 'd', INFLUXDB_HOST: 'h' })!,
      / \(INFLUXDB_HOST is set, but not read: did you mean INFLUX_URL\?\)\.$/,
    );
  });

  test('is no mistake where it may be the command line that it is for', () => {
    const env = { INFLUX_TOKEN: 't', INFLUX_ORG: 'o', INFLUX_USERNAME: 'u', INFLUX_PASSWORD: 'p' };
    assert.equal(mistake(env), undefined);
    assert.match(adviceOn({}, env).idle!, NOTHING);
  });

  test('is no matter for who asks for the view alone, and has nothing set', () => {
    assert.deepEqual(adviceOn({}, { RAW_REQUESTS: 'view' }), { mistake: undefined, idle: undefined });
    assert.deepEqual(adviceOn({ enabled: false }, {}), { mistake: undefined, idle: undefined });
  });

  test('is no reason to be idle for who only asks for Prometheus, but is told', () => {
    const { mistake, idle } = adviceOn({}, { RAW_REQUESTS_PROMETHEUS: 'on', INFLUX_DATABASE: 'd' });
    assert.match(mistake!, /so nothing is written to InfluxDB/);
    assert.equal(idle, undefined);
  });
});

describe('variables of other programs', () => {
  const others: Env = {
    // the image of InfluxDB 1 and 2, their servers, and the clients of 3
    INFLUXDB_DB: 'd',
    INFLUXDB_DATABASE: 'd',
    INFLUXDB_ADMIN_USER: 'u',
    INFLUXDB_USERNAME: 'u',
    INFLUXDB_PASSWORD: 'p',
    INFLUXDB_RETENTION_POLICY: 'r',
    INFLUXDB_HTTP_AUTH_ENABLED: 'true',
    INFLUXDB_HTTP_BIND_ADDRESS: ':8086',
    DOCKER_INFLUXDB_INIT_MODE: 'setup',
    DOCKER_INFLUXDB_INIT_BUCKET: 'b',
    DOCKER_INFLUXDB_INIT_ADMIN_TOKEN: 't',
    INFLUXD_BOLT_PATH: '/b',
    INFLUXDB3_HOST_URL: 'http://3',
    INFLUXDB3_DATABASE_NAME: 'd',
    INFLUXDB3_AUTH_TOKEN: 't',
    INFLUXDB_URL: 'http://x',
    // the command line
    INFLUX_ORG: 'o',
    INFLUX_ORG_ID: '1',
    INFLUX_BUCKET_ID: '1',
    INFLUX_BUCKET_NAME: 'b',
    INFLUX_ACTIVE_CONFIG: 'c',
    INFLUX_CONFIGS_PATH: '/c',
    INFLUX_SKIP_VERIFY: 'true',
    // Telegraf's configuration, and others
    INFLUX_USER: 'u',
    INFLUX_PORT: '8086',
    OTEL_SERVICE_NAMES: 'x',
    RAW_REQUESTERS: 'x',
    // Kubernetes
    INFLUXDB_SERVICE_HOST: '10.0.0.1',
    INFLUXDB_PORT_8086_TCP_ADDR: '10.0.0.1',
    RAW_REQUEST_SERVICE_HOST: '10.0.0.1',
  };

  test('are left alone when a destination is set', () => {
    assert.deepEqual(adviceOn({}, { ...TARGET, ...others }), { mistake: undefined, idle: undefined });
    assert.deepEqual(adviceOn({ url: 'http://db', database: 'd' }, others).mistake, undefined);
  });

  test('are named without one, if they may hold what was meant', () => {
    const f = (env: Env) => adviceOn({}, env).idle!.replace(/^.* ends this message/, '');
    assert.equal(f({ INFLUXDB_URL: 'x' }), ' (INFLUXDB_URL is set, but not read: did you mean INFLUX_URL?)');
    assert.equal(
      f({ DOCKER_INFLUXDB_INIT_BUCKET: 'b' }),
      ' (DOCKER_INFLUXDB_INIT_BUCKET is set, but not read: did you mean INFLUX_BUCKET?)',
    );
    const { INFLUXDB_HTTP_BIND_ADDRESS, INFLUXDB_SERVICE_HOST, INFLUXDB_PORT_8086_TCP_ADDR, INFLUX_PORT } =
      others;
    assert.equal(
      f({
        INFLUXDB_HTTP_BIND_ADDRESS,
        INFLUXDB_SERVICE_HOST,
        INFLUXDB_PORT_8086_TCP_ADDR,
        INFLUX_PORT,
      } as Env),
      '',
    );
    assert.equal(mistake(others), undefined, 'and are no mistake');
  });
});

describe('a program that records nothing', { concurrency: true }, () => {
  /** A program that serves itself two requests and ends. `first` runs before. */
  function program(t: TestContext, first = ''): string {
    const file = join(temporaryFolder(t), 'app.mjs');
    writeFileSync(
      file,
      `import http from 'node:http';
       import { rawRequests } from ${JSON.stringify(library)};
       ${first}
       const server = http.createServer((req, res) => res.end());
       server.listen(0, '127.0.0.1', async () => {
         const url = 'http://127.0.0.1:' + server.address().port;
         for (let i = 0; i < 2; i++) await (await fetch(url)).text();
         server.close();
         server.closeAllConnections();
       });`,
    );
    return file;
  }

  /** What it says, without our own environment. */
  async function said(args: string[], env: Env = {}): Promise<string[]> {
    const { status, stderr } = await run(args, {
      INFLUX_URL: '',
      INFLUX_DATABASE: '',
      RAW_REQUESTS: '',
      ...env,
    });
    assert.equal(status, 0, stderr);
    return stderr
      .split('\n')
      .filter(Boolean)
      .map((line) => {
        const { level, name, msg } = JSON.parse(line);
        assert.deepEqual([level, name], [40, 'raw-requests']);
        return msg;
      });
  }

  test('is told so once per process, in one line, with two ways to change that', async (t) => {
    const file = program(t, 'rawRequests(); rawRequests({ tags: { a: "b" } });');
    const lines = await said([file]);
    assert.equal(lines.length, 1);
    assert.match(lines[0]!, NOTHING);
    assert.equal((await said(['--import', hook, file])).length, 1, 'also with register');
  });

  test('is told nothing when that is what it wants', async (t) => {
    const file = program(t, 'rawRequests(); rawRequests({ enabled: false });');
    assert.deepEqual(await said([file], { RAW_REQUESTS: 'off' }), []);
    assert.deepEqual(await said([file], { RAW_REQUESTS_LOG_LEVEL: 'error' }), []);
    assert.deepEqual(await said([file], { RAW_REQUESTS_PROMETHEUS: 'on' }), []);
    assert.deepEqual(await said(['--import', hook, program(t)], { RAW_REQUESTS: 'off' }), []);
    assert.deepEqual(await said(['--import', hook, program(t)], { RAW_REQUESTS_LOG_LEVEL: 'error' }), []);
  });

  test('is told in the log of its own', async (t) => {
    const file = program(
      t,
      `const log = (...args) => console.log(...args);
       rawRequests({ logger: { debug: log, info: log, warn: (fields, text) => log('mine', text), error: log } });`,
    );
    const { stdout, stderr } = await run([file], { INFLUX_URL: '' });
    assert.match(stdout, /^mine nothing is recorded[^\n]*\n$/);
    assert.equal(stderr, '');
  });

  test('with register alone, is told when it serves its first request, and not before', async (t) => {
    const lines = await said(['--import', hook, program(t)]);
    assert.equal(lines.length, 1);
    assert.match(lines[0]!, NOTHING);
    assert.match(
      (await said(['--import', hook, program(t)], { INFLUXDB_URL: 'x' }))[0]!,
      /INFLUXDB_URL is set/,
    );
    assert.deepEqual(await said(['--import', hook, '--eval', '']), []);
    assert.deepEqual(await said(['--import', hook, '--eval', ''], { INFLUX_TOKEN: 't' }), []);
  });

  test('is told of a mistake at its start, with register too', async (t) => {
    for (const [name, expected] of [
      ['RAW_REQUEST', /RAW_REQUEST: did you mean RAW_REQUESTS\?/],
      ['INFLX_URL', /INFLX_URL: did you mean INFLUX_URL\?/],
      ['INFLUX_DATABASE', /^INFLUX_DATABASE is set, but INFLUX_URL/],
    ] as const) {
      for (const args of [
        ['--import', hook, '--eval', ''],
        ['--import', hook, program(t, 'rawRequests();')],
      ]) {
        const lines = await said(args, { [name]: 'x' });
        assert.equal(lines.length, 1, `${lines}`);
        assert.match(lines[0]!, expected);
      }
    }
  });

  test('says nothing when a recorder is made after register has found no settings', async (t) => {
    const influx = await fakeInflux(t);
    const options = JSON.stringify({ url: influx.url, database: 'requests' });
    assert.deepEqual(await said(['--import', hook, program(t, `rawRequests(${options});`)]), []);
  });
});
