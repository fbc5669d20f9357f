import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import https from 'node:https';
import net, { type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { describe, type TestContext, test } from 'node:test';
import { checkSpool } from '../../src/cli/doctor/checks/spool.ts';
import type { Finding } from '../../src/cli/doctor/finding.ts';
import { lines } from '../../src/cli/doctor/print.ts';
import { Output } from '../../src/cli/output.ts';
import {
  adviceOf,
  bucket,
  doctor,
  examined,
  folderOf,
  influx2,
  levels,
  main,
  type Replies,
  type Reply,
  run,
  SECRET,
  scripted,
  select,
  version2,
  writeFor,
} from '../support/cli/doctor.ts';
import { influxdb } from '../support/real/influx.ts';
import { victoriaMetrics } from '../support/real/victoria.ts';
import { listen } from '../support/server.ts';

describe('raw-requests doctor', () => {
  test('follows a point through a real InfluxDB 1.x and leaves nothing there', async (t) => {
    const influxd = await influxdb(t);
    const report = await doctor(t, { INFLUX_URL: influxd.url, INFLUX_DATABASE: 'requests' });
    assert.equal(report.status, 0, report.output);
    assert.equal(
      levels(report),
      'Node: fine, Package: skipped, Settings: fine, Network: fine, Server: fine, Clock: fine, API: fine, Grafana: fine, ' +
        'Credentials: fine, Database: fine, Retention: fine, Write: fine, Read back: fine',
    );
    assert.match(report.found.Grafana!, /^fine the dashboards ask in InfluxQL, never in Flux or SQL/);
    assert.match(report.found.Server!, /^fine InfluxDB 1\.\d+\.\d+/);
    assert.match(report.found['Read back']!, /the same point.*and removed$/);
    assert.deepEqual(await influxd.query('SHOW MEASUREMENTS', 'requests'), []);
  });

  test('reaches a real InfluxDB by its Unix socket', async (t) => {
    const socket = join(folderOf(t), 'influxdb.sock');
    await influxdb(t, { config: { http: { 'unix-socket-enabled': true, 'bind-socket': socket } } });
    const report = await examined({ INFLUX_URL: `unix:${socket}`, INFLUX_DATABASE: 'requests' });
    assert.equal(report.status, 0, report.output);
    assert.equal(report.found.Network, `fine the socket ${socket} is reached`);
    assert.match(report.found['Read back']!, /the same point.*and removed$/);
    const absent = await examined({ INFLUX_URL: `unix:${socket}.absent`, INFLUX_DATABASE: 'requests' });
    assert.match(absent.found.Network!, /^broken no connection to the socket .*ENOENT/);
  });

  test('writes nothing with --no-write', async (t) => {
    const influxd = await influxdb(t);
    const env = { INFLUX_URL: influxd.url, INFLUX_DATABASE: 'requests' };
    const { status, output } = await run(t, env, ['--no-write']);
    assert.equal(status, 0);
    assert.match(output, /Nothing was written/);
    assert.doesNotMatch(output, /Read back/);
  });

  test('tells what is wrong with users of InfluxDB 1.x', async (t) => {
    const influxd = await influxdb(t, { auth: { username: 'admin', password: SECRET } });
    for (const [user, right] of [
      ['reader', 'READ'],
      ['writer', 'WRITE'],
    ]) {
      await influxd.query(`CREATE USER ${user} WITH PASSWORD '${SECRET}'`);
      await influxd.query(`GRANT ${right} ON requests TO ${user}`);
    }
    const env = { INFLUX_URL: influxd.url, INFLUX_DATABASE: 'requests' };
    const as = (user: string, password = SECRET) =>
      doctor(t, { ...env, INFLUX_USERNAME: user, INFLUX_PASSWORD: password });

    const admin = await as('admin');
    assert.equal(admin.status, 0, admin.output);
    assert.match(admin.found['Read back']!, /the same point.*and removed$/);

    const nobody = await doctor(t, env);
    assert.equal(nobody.status, 1);
    assert.match(adviceOf(nobody, 'Credentials'), /requires a user: set INFLUX_USERNAME and INFLUX_PASSWORD/);

    const wrong = await as('admin', 'wrong-password');
    assert.equal(wrong.status, 1);
    assert.match(wrong.found.Credentials!, /^broken refused: 401 authorization failed/);
    assert.doesNotMatch(wrong.output, /wrong-password/);
    assert.equal(wrong.found.Write, undefined);

    const token = await doctor(t, { ...env, INFLUX_TOKEN: SECRET });
    assert.match(adviceOf(token, 'Credentials'), /has no tokens|tokens are of the form user:password/);

    const reader = await as('reader');
    assert.match(reader.found.Credentials!, /^broken refused: 403/);
    assert.match(adviceOf(reader, 'Credentials'), /GRANT WRITE ON "requests"/);

    const writer = await as('writer');
    assert.equal(writer.status, 0, writer.output);
    assert.match(writer.found.Retention!, /^skipped not known/);
    assert.match(writer.found['Read back']!, /^warning not allowed/);
    assert.deepEqual(await influxd.query('SHOW MEASUREMENTS', 'requests'), []);
  });

  test('gives the command that makes a missing database or retention policy', async (t) => {
    const influxd = await influxdb(t);
    await influxd.query('CREATE DATABASE short WITH DURATION 2h');
    const missing = await doctor(t, { INFLUX_URL: influxd.url, INFLUX_DATABASE: `ab'sent` });
    assert.equal(missing.status, 1);
    const { command } = missing.findings.at(-1)!;
    assert.match(
      missing.found.Database!,
      /^broken "ab'sent" does not exist; existing databases: "requests", "short"$/,
    );
    assert.equal(missing.findings.at(-1)!.check, 'Database');
    execFileSync('sh', ['-c', command!], { stdio: 'ignore' });
    const databases = await influxd.query('SHOW DATABASES');
    assert.ok(databases.some(({ name }) => name === `ab'sent`));

    const policy = { INFLUX_URL: influxd.url, INFLUX_DATABASE: 'short', INFLUX_RETENTION_POLICY: 'year' };
    const noPolicy = await doctor(t, policy);
    assert.equal(noPolicy.status, 1);
    assert.match(noPolicy.found.Retention!, /^broken the database has no retention policy "year"/);
    execFileSync('sh', ['-c', noPolicy.findings.at(-1)!.command!], { stdio: 'ignore' });
    assert.equal((await doctor(t, policy)).status, 0);

    const short = await doctor(t, { INFLUX_URL: influxd.url, INFLUX_DATABASE: 'short' });
    assert.equal(short.status, 0);
    assert.match(short.found.Retention!, /^warning "autogen" keeps points for 2 h$/);
  });

  test('knows that InfluxDB 1.6 has no buckets', async (t) => {
    const { url } = await scripted(t, { 'GET /ping': [204, '', { 'X-Influxdb-Version': '1.6.7' }] });
    const report = await doctor(t, { INFLUX_URL: url, INFLUX_BUCKET: 'requests' });
    assert.equal(report.status, 1);
    assert.match(report.found.API!, /^broken InfluxDB 1\.6\.7 has no \/api\/v2\/write/);
    assert.match(adviceOf(report, 'API'), /export INFLUX_DATABASE=requests$/);
  });

  test('recognises VictoriaMetrics', async (t) => {
    const { url, values } = await victoriaMetrics(t);
    const report = await doctor(t, { INFLUX_URL: url, INFLUX_DATABASE: 'requests' });
    assert.equal(report.status, 0, report.output);
    assert.match(report.found.Server!, /^fine VictoriaMetrics/);
    assert.match(report.found['Read back']!, /^skipped VictoriaMetrics does not support InfluxQL/);
    assert.equal((await values('raw-requests-doctor_value', 1)).length, 1);

    // Debian's has no version; others have their own, and that of the Prometheus that they are compatible with.
    const other = await scripted(t, {
      'GET /ping': [204],
      'GET /': [200, '<h2>Single-node VictoriaMetrics</h2>'],
      'GET /api/v1/status/buildinfo': [200, { data: { version: '2.24.0' } }],
      'GET /metrics': [200, 'go_threads 8\nvm_app_version{version="x", short_version="v1.148.8"} 1\n'],
      'POST /write': [204],
    });
    const its = await doctor(t, { INFLUX_URL: other.url, INFLUX_DATABASE: 'requests' });
    assert.equal(its.found.Server, 'fine VictoriaMetrics 1.148.8');
  });

  test('checks a bucket of InfluxDB 2', async (t) => {
    const { url, asked, points } = await scripted(t, influx2);
    const report = await doctor(t, { INFLUX_URL: url, ...bucket });
    assert.equal(report.status, 0, report.output);
    assert.match(report.found.Server!, /^fine InfluxDB 2\.9\.1 \(OSS\)$/);
    assert.match(report.found.Bucket!, /^fine "b" exists/);
    assert.match(report.found.Retention!, /^warning the bucket keeps points for 1 h/);
    assert.match(report.found['Read back']!, /^fine the same point.*removed$/);
    assert.equal(points.length, 1);
    assert.equal(points[0]!.measurement, 'raw-requests-doctor');
    assert.equal(asked.at(-1), 'POST /api/v2/delete?orgID=o1&bucketID=1');

    const wrong = await doctor(t, { INFLUX_URL: url, ...bucket, INFLUX_TOKEN: `x${SECRET}` });
    assert.equal(wrong.status, 1);
    assert.match(wrong.found.Credentials!, /^broken refused: 401 unauthorized access with Token \*\*\*$/);
    assert.match(adviceOf(wrong, 'Credentials'), /influx auth list$/);

    const noOrg = await doctor(t, { INFLUX_URL: url, INFLUX_BUCKET: 'b', INFLUX_TOKEN: SECRET });
    assert.match(adviceOf(noOrg, 'API'), /Set INFLUX_ORG/);
  });

  test('explains 403 and 404 of InfluxDB 2', async (t) => {
    let reply: Reply = [403, { code: 'forbidden', message: 'insufficient permissions for write' }];
    const { url } = await scripted(t, {
      ...influx2,
      'POST /api/v2/write': () => reply,
      'POST /write': [404, { code: 'not found', message: 'no dbrp mapping found' }],
    });
    const env = { INFLUX_URL: url, ...bucket };
    assert.match(adviceOf(await doctor(t, env), 'Credentials'), /influx auth create --write-buckets/);
    reply = [404, { code: 'not found', message: 'bucket "b" not found' }];
    assert.match(
      adviceOf(await doctor(t, env), 'Bucket'),
      /^Create it: influx bucket create --name b --org o --retention 30d$/,
    );
    reply = [404, { code: 'not found', message: 'organization name "o" not found' }];
    assert.match(adviceOf(await doctor(t, env), 'Bucket'), /INFLUX_ORG.*influx org list$/);
    const database = await doctor(t, { INFLUX_URL: url, INFLUX_DATABASE: 'd', INFLUX_TOKEN: SECRET });
    assert.match(adviceOf(database, 'Database'), /influx v1 dbrp create --db d --rp autogen/);
  });

  test('checks InfluxDB 3, which says nothing without a token and cannot delete', async (t) => {
    const { url } = await scripted(t, {
      'GET /ping': (req) =>
        req.headers.authorization === `Token ${SECRET}`
          ? [200, { version: '3.10.1' }, { 'X-Influxdb-Version': '3.10.1', 'X-Influxdb-Build': 'Core' }]
          : [401, { error: 'the request was not authenticated' }],
      'GET /health': [200, 'OK'],
      'POST /api/v2/write': writeFor(SECRET, [400, { error: 'empty write' }]),
      'GET /query': select,
    });
    const report = await doctor(t, { INFLUX_URL: url, INFLUX_BUCKET: 'b', INFLUX_TOKEN: SECRET });
    assert.equal(report.status, 0, report.output);
    assert.match(report.found.Server!, /^fine InfluxDB 3\.10\.1 \(Core\)$/);
    assert.match(report.found.Bucket!, /first write creates/);
    assert.match(report.found['Read back']!, /the same point.*and not removed$/);

    const wrong = await doctor(t, { INFLUX_URL: url, INFLUX_BUCKET: 'b', INFLUX_TOKEN: 'x' });
    assert.equal(wrong.status, 1);
    assert.match(wrong.found.Server!, /as InfluxDB 3 does$/);
    assert.match(adviceOf(wrong, 'Credentials'), /influxdb3 show tokens$/);
  });

  test("recognises Telegraf's listeners", async (t) => {
    const first = await scripted(t, {
      'GET /ping': [204, '', { 'X-Influxdb-Version': '1.0' }],
      'POST /write': [204],
      'GET /query': [200, { results: [] }],
    });
    const report = await doctor(t, { INFLUX_URL: first.url, INFLUX_DATABASE: 'd' });
    assert.equal(report.status, 0, report.output);
    assert.match(report.found.Server!, /Telegraf, influxdb_listener$/);
    assert.match(report.found['Read back']!, /^skipped/);
    const second = await scripted(t, { 'GET /api/v2/ready': [200, { status: 'ready', up: '1s' }] });
    const database = await doctor(t, { INFLUX_URL: second.url, INFLUX_DATABASE: 'd' });
    assert.match(adviceOf(database, 'API'), /export INFLUX_BUCKET=d$/);
  });

  test('finds a server that rounds numbers, and one that forgets', async (t) => {
    const rounding: Replies[string] = (req, body, points) => {
      const [status, answer] = (select as (...args: unknown[]) => Reply)(req, body, points);
      return [status, String(answer).replace(/\d\]/g, '7]')];
    };
    const rounds = await scripted(t, { ...influx2, 'GET /query': rounding });
    const report = await doctor(t, { INFLUX_URL: rounds.url, ...bucket });
    assert.equal(report.status, 1);
    assert.match(report.found['Read back']!, /^broken the point differs from what was written/);
    const forgets = await scripted(t, { ...influx2, 'GET /query': [200, { results: [{}] }] });
    const env = { INFLUX_URL: forgets.url, ...bucket, RAW_REQUESTS_TIMEOUT_MS: '400' };
    assert.match(
      (await doctor(t, env)).found['Read back']!,
      /^broken the point was acknowledged, but is not found/,
    );
  });

  test('warns of a clock that is ahead or behind', async (t) => {
    for (const [seconds, words] of [
      [-60, '60 s ahead of the server: points lie in the future'],
      [45, '45 s behind the server: points lie in the past'],
    ] as const) {
      const { url } = await scripted(t, {
        ...influx2,
        'GET /ping': () => {
          const date = new Date(Date.now() + seconds * 1000).toUTCString();
          return [204, '', { ...version2, Date: date }];
        },
      });
      const report = await doctor(t, { INFLUX_URL: url, ...bucket });
      assert.equal(report.status, 0);
      const [, shown = ''] = /this host is (.*),/.exec(report.found.Clock!) ?? [];
      assert.equal(
        shown.replace(/\d+/, (n) => `${Math.round(Number(n) / 5) * 5}`),
        words,
      );
    }
  });

  test('finds what else may listen there', async (t) => {
    const page = await scripted(t, {
      'GET /ping': [200, '<html>hi</html>', { 'content-type': 'text/html' }],
    });
    const html = await doctor(t, { INFLUX_URL: page.url, INFLUX_DATABASE: 'd' });
    assert.equal(html.status, 1);
    assert.equal(html.found.Server, 'broken not InfluxDB: it answers /ping with 200 and text/html');

    const elsewhere = await scripted(t, { 'GET /ping': [301, '', { location: 'https://db.example/ping' }] });
    const moved = await doctor(t, { INFLUX_URL: elsewhere.url, INFLUX_DATABASE: 'd' });
    assert.equal(moved.found.Server, 'broken it redirects to https://db.example');

    const raw = net
      .createServer((socket) => socket.on('error', () => {}).end('SSH-2.0-OpenSSH_9\r\n'))
      .listen(0, '127.0.0.1');
    await once(raw, 'listening');
    t.after(() => raw.close());
    const ssh = await doctor(t, {
      INFLUX_URL: `http://127.0.0.1:${(raw.address() as AddressInfo).port}`,
      INFLUX_DATABASE: 'd',
    });
    assert.equal(ssh.status, 1);
    assert.match(ssh.found.Server!, /^broken it was reached, but then: /);
  });

  test('gives up on a server that never answers', async (t) => {
    const { url } = await listen(t, () => {});
    const start = performance.now();
    const report = await doctor(t, { INFLUX_URL: url, INFLUX_DATABASE: 'd', RAW_REQUESTS_TIMEOUT_MS: '300' });
    assert.equal(report.status, 1);
    assert.match(report.found.Server!, /no answer within 0\.3 s$/);
    assert.ok(performance.now() - start < 5000);
  });

  test('tells apart a wrong name, a closed port, and TLS', async (t) => {
    const settings = { INFLUX_DATABASE: 'd' };
    const name = await doctor(t, { ...settings, INFLUX_URL: 'http://nowhere.invalid:8086' });
    assert.equal(name.status, 1);
    assert.match(name.found.Network!, /^broken the name nowhere\.invalid cannot be resolved \(DNS\)/);
    const port = await doctor(t, { ...settings, INFLUX_URL: 'http://127.0.0.1:9' });
    assert.match(port.found.Network!, /^broken no connection to 127\.0\.0\.1:9: .*ECONNREFUSED/);

    const { url } = await scripted(t, influx2);
    const plain = await doctor(t, { ...settings, INFLUX_URL: url.replace('http:', 'https:') });
    assert.match(plain.found.Network!, /^broken .* is reached, but TLS fails: wrong version number$/);
    assert.match(adviceOf(plain, 'Network'), new RegExp(`try INFLUX_URL=${url}$`));

    const { key, cert, file } = certificate(t);
    const server = https.createServer({ key, cert }, (_req, res) => res.end()).listen(0, '127.0.0.1');
    await once(server, 'listening');
    t.after(() => server.close());
    const secure = `https://localhost:${(server.address() as AddressInfo).port}`;
    const unknown = await doctor(t, { ...settings, INFLUX_URL: secure });
    assert.match(adviceOf(unknown, 'Network'), /NODE_EXTRA_CA_CERTS/);
    const known = await doctor(t, { ...settings, INFLUX_URL: secure, NODE_EXTRA_CA_CERTS: file });
    assert.match(known.found.Network!, /^fine .*TLSv1\.3, with a valid certificate$/);
  });

  test('shows wrong settings as the library does, each with what to do, and exits with 2', async (t) => {
    const report = await doctor(t, {
      INFLUX_URL: `htp://admin:${SECRET}@db`,
      INFLUX_DATABASE: 'd',
      RAW_REQUESTS_BATCH_LINES: 'many',
      RAW_REQUESTS_FLUSH: '1',
    });
    assert.equal(report.status, 2);
    assert.deepEqual(
      report.findings
        .slice(2)
        .map(({ text, level, next }) => [level, text.slice(0, 40), next!.split(':')[0]]),
      [
        ['broken', 'Unknown environment variable RAW_REQUEST', 'Rename or unset RAW_REQUESTS_FLUSH'],
        ['broken', 'Expected INFLUX_URL to be an http or htt', 'Correct INFLUX_URL, or unset it'],
        [
          'broken',
          'Expected RAW_REQUESTS_BATCH_LINES to be ',
          'Correct RAW_REQUESTS_BATCH_LINES, or unset it for the default, `5000`',
        ],
      ],
    );
  });

  test('does not ask for more when there is too much', async (t) => {
    const env = { INFLUX_URL: 'http://127.0.0.1:9', INFLUX_DATABASE: 'd', INFLUX_BUCKET: 'b' };
    const both = await doctor(t, env);
    assert.equal(both.status, 2);
    assert.match(adviceOf(both, 'Settings'), /^Unset the one that does not fit/);
    const list = await doctor(t, { INFLUX_URL: 'http://x', INFLUX_DATABASE: 'd', RAW_REQUESTS_TAGS: 'env' });
    assert.match(adviceOf(list, 'Settings'), /^Correct RAW_REQUESTS_TAGS, or unset it: /);
  });

  test('says how to set a destination, and where recording was switched off', async (t) => {
    const nowhere = await run(t, {});
    assert.equal(nowhere.status, 2);
    assert.match(
      nowhere.output,
      /INFLUX_URL=http:\/\/localhost:8086 INFLUX_DATABASE=requests npx raw-requests doctor/,
    );
    assert.match(nowhere.output, /RAW_REQUESTS=view/);
    const off = await doctor(t, { RAW_REQUESTS: 'off', INFLUX_URL: 'nonsense' });
    assert.equal(off.status, 2);
    assert.equal(off.found.Settings, 'broken recording is switched off by RAW_REQUESTS=off');
    const folder = folderOf(t);
    writeFileSync(join(folder, '.env'), 'INFLUX_URL=http://localhost:8086');
    assert.match(adviceOf(await doctor(t, {}, [], folder), 'Settings'), /node --env-file=\.env /);
  });

  test('shows where each setting came from, without secrets, and which are not used', async (t) => {
    const report = await doctor(t, {
      INFLUX_URL: `http://admin:${SECRET}@127.0.0.1:9`,
      INFLUX_TOKEN: SECRET,
      INFLUX_ORG: 'o',
      INFLUX_DB: 'requests',
    });
    const [first, ...unused] = report.findings.filter(({ check }) => check === 'Settings');
    assert.deepEqual(first!.details, [
      'INFLUX_URL=http://127.0.0.1:9, with credentials, which are not shown',
      'INFLUX_TOKEN is set, and not shown',
      'INFLUX_ORG=o',
      'INFLUX_DB=requests',
    ]);
    assert.deepEqual(
      unused.map(({ level, text }) => `${level} ${text.split(':')[0]}`),
      ['warning INFLUX_ORG is not used', 'warning INFLUX_TOKEN is not used'],
    );
  });

  test('names variables that were probably meant otherwise', async (t) => {
    const none = await doctor(t, { INFLUX_ULR: 'http://127.0.0.1:9', INFLUXDB_DATABASE: 'd' });
    const { text } = none.findings.find(({ check }) => check === 'Settings')!;
    assert.match(
      text,
      /so nothing is recorded\. Unknown environment variable INFLUX_ULR: did you mean INFLUX_URL\?/,
    );
    assert.match(text, /INFLUXDB_DATABASE is set, but not read: did you mean INFLUX_DATABASE\?/);
    const some = await doctor(t, {
      INFLUX_URL: 'http://127.0.0.1:9',
      INFLUX_DB: 'd',
      RAW_REQUEST_PATH: 'on',
      INFLUXDB_DATABASE: 'd',
    });
    assert.deepEqual(
      some.findings
        .filter(({ check, level }) => check === 'Settings' && level === 'warning')
        .map(({ text }) => text),
      ['Unknown environment variable RAW_REQUEST_PATH: did you mean RAW_REQUESTS_PATH?'],
    );
  });

  test('finds several copies of the package in the folder of the app', async (t) => {
    const folder = folderOf(t);
    const own = JSON.parse(readFileSync(join(main, '../../../package.json'), 'utf8')).version;
    const install = (path: string, version: string) => {
      mkdirSync(join(folder, path), { recursive: true });
      writeFileSync(join(folder, path, 'package.json'), JSON.stringify({ version }));
    };
    install('node_modules/raw-requests', own);
    const package_ = async () => (await doctor(t, {}, [], folder)).findings[1]!;
    assert.equal((await package_()).text, `${own} in node_modules/raw-requests`);
    install('node_modules/@acme/web/node_modules/raw-requests', '0.0.1');
    const two = await package_();
    assert.equal(two.level, 'warning');
    assert.deepEqual(two.details!.sort(), [
      '0.0.1 in node_modules/@acme/web/node_modules/raw-requests',
      `${own} in node_modules/raw-requests`,
    ]);
  });

  test('prints lines of at most 80 columns without colour when piped', async (t) => {
    const influxd = await influxdb(t);
    const { output } = await run(t, { INFLUX_URL: influxd.url, INFLUX_DATABASE: 'requests' });
    assert.match(output, /^ {2}✓ Server {7}InfluxDB 1\./m);
    assert.match(output, /^ {2}✓ Read back {4}the same point/m);
    assert.match(output, /^Everything works\.$/m);
    assert.ok(!output.includes('\x1b'));
    for (const line of output.split('\n')) assert.ok(line.length <= 80, line);
  });

  test('is coloured on a terminal, unless NO_COLOR is set', () => {
    const shown = (env: NodeJS.ProcessEnv) => {
      const stream = Object.assign(new PassThrough(), { isTTY: true });
      new Output(stream, env).write(lines(finding, 80).join('|'));
      return String(stream.read());
    };
    const finding: Finding = { check: 'Server', level: 'broken', text: 'no', next: 'repair', command: 'ls' };
    const plain = '  ✗ Server       no|                 -> repair|                    ls';
    assert.equal(shown({ NO_COLOR: '1' }), plain);
    const coloured = shown({});
    assert.notEqual(coloured, plain);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: it is about them
    assert.equal(coloured.replace(/\x1b\[\d+m/g, ''), plain);
  });

  test('ends at once on Ctrl-C', async (t) => {
    const { url, server } = await listen(t, () => {});
    const child = spawn(process.execPath, [main, 'doctor'], {
      env: { PATH: process.env.PATH, INFLUX_URL: url, INFLUX_DATABASE: 'd' },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    t.after(() => child.kill('SIGKILL'));
    const errors = text(child.stderr);
    await once(server, 'request');
    const start = performance.now();
    child.kill('SIGINT');
    const [status] = await once(child, 'exit');
    assert.equal(status, 130);
    assert.ok(performance.now() - start < 3000);
    assert.equal(await errors, 'Interrupted. Nothing is left running.\n');
  });

  test('checks a spool folder', async (t) => {
    const folder = folderOf(t);
    const levels = async (path: string) => (await checkSpool(path, undefined)).map(({ level }) => level);
    assert.deepEqual(await levels(join(folder, 'spool')), ['fine']);
    writeFileSync(join(folder, 'file'), '');
    assert.deepEqual(await levels(join(folder, 'file')), ['broken']);
  });
});

function certificate(t: TestContext): { key: Buffer; cert: Buffer; file: string } {
  const folder = folderOf(t);
  const [key, cert] = [join(folder, 'key'), join(folder, 'cert')];
  const request = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  execFileSync('openssl', [...request, '-keyout', key, '-out', cert, '-subj', '/CN=localhost'], {
    stdio: 'ignore',
  });
  return { key: readFileSync(key), cert: readFileSync(cert), file: cert };
}
