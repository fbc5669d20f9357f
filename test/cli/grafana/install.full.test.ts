import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type FakeGrafana, fakeGrafana, type Kind } from '../../support/fake-grafana.ts';
import { influxdb } from '../../support/real/influx.ts';
import { listen } from '../../support/server.ts';

const main = fileURLToPath(new URL('../../../../dist/cli/main.js', import.meta.url));
const dashboards = fileURLToPath(new URL('../../../../test/fixtures/dashboards', import.meta.url));
const SECRET = 'open-sesame';
const database = { INFLUX_URL: 'http://influxdb:8086', INFLUX_DATABASE: 'requests' };
const bucket = {
  INFLUX_URL: 'http://influxdb:8086',
  INFLUX_BUCKET: 'requests',
  INFLUX_ORG: 'o',
  INFLUX_TOKEN: SECRET,
};
const KINDS: Kind[] = ['7.5.5', '13.2.3', 'new API only'];

interface Ran {
  status: number | null;
  output: string;
  errors: string;
}

function start(env: Record<string, string>, args: string[]) {
  return spawn(process.execPath, [main, 'grafana', 'install', '--dashboards', dashboards, ...args], {
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** Runs the built command with these settings and no others; no secret may be seen. */
async function run(t: TestContext, env: Record<string, string>, args: string[]): Promise<Ran> {
  const child = start(env, args);
  t.after(() => child.kill('SIGKILL'));
  const [output, errors, [status]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit') as Promise<[number | null]>,
  ]);
  assert.doesNotMatch(
    output + errors,
    new RegExp(`${SECRET}|${Buffer.from(`admin:${SECRET}`).toString('base64')}`),
  );
  return { status, output, errors };
}

function install(
  t: TestContext,
  grafana: FakeGrafana,
  args: string[] = [],
  env: Record<string, string> = database,
) {
  const generation = args.includes('--influx-version') ? [] : ['--influx-version', '1'];
  const where = { GRAFANA_URL: grafana.url, GRAFANA_TOKEN: grafana.token };
  return run(t, { ...where, ...env }, [...generation, ...args]);
}

/** What became of each thing: `created data source, …`. */
function changes({ output }: Ran): string {
  const lines = output.split('\n').filter((line) => line.startsWith('  '));
  return lines.map((line) => line.trim().split(/ {2,}/).slice(0, 2).join(' ')).join(', ');
}

function state({ dataSources, folders, dashboards }: FakeGrafana): string {
  return JSON.stringify([dataSources, folders, [...dashboards]]);
}

describe('raw-requests grafana install', () => {
  for (const kind of KINDS) {
    test(`brings Grafana (${kind}) to the same state however often it runs`, async (t) => {
      const grafana = await fakeGrafana(t, kind);
      const first = await install(t, grafana);
      assert.equal(first.errors, '');
      assert.equal(first.status, 0);
      assert.equal(
        changes(first),
        'created data source, created folder, created dashboard, created dashboard',
      );
      assert.match(
        first.output,
        new RegExp(`^Open ${grafana.url}/d/raw-requests-overview\\?orgId=4&refresh=5s$`, 'm'),
      );
      const [source] = grafana.dataSources;
      assert.equal(source!.uid, 'raw-requests');
      assert.equal(grafana.folders[0]!.uid, 'raw-requests-folder');
      const folder = kind === '7.5.5' ? grafana.folders[0]!.id : 'raw-requests-folder';
      assert.deepEqual([...grafana.dashboards.keys()], ['raw-requests-overview', 'raw-requests-delivery']);
      for (const stored of grafana.dashboards.values()) assert.equal(stored.folder, folder);

      const before = state(grafana);
      const done = grafana.changes().length;
      const second = await install(t, grafana);
      assert.equal(second.status, 0, second.errors);
      assert.equal(
        changes(second),
        'unchanged data source, unchanged folder, unchanged dashboard, unchanged dashboard',
      );
      assert.equal(state(grafana), before);
      assert.equal(grafana.changes().length, done);

      grafana.dashboards.get('raw-requests-delivery')!.dashboard.panels = [{ type: 'text' }];
      grafana.dashboards.get('raw-requests-overview')!.folder = kind === '7.5.5' ? 0 : '';
      source!.url = 'http://elsewhere:8086';
      const third = await install(t, grafana);
      assert.equal(third.status, 0, third.errors);
      assert.equal(
        changes(third),
        'updated data source, unchanged folder, updated dashboard, updated dashboard',
      );
      const strip = (text: string) => text.replace(/"version":\d+/g, '');
      assert.equal(strip(state(grafana)), strip(before));
    });
  }

  test('writes the data source that each generation of InfluxDB wants', async (t) => {
    const grafana = await fakeGrafana(t, '13.2.3');
    const common = {
      name: 'Raw Requests',
      uid: 'raw-requests',
      type: 'influxdb',
      access: 'proxy',
      url: 'http://influxdb:8086',
      database: 'requests',
      basicAuth: false,
    };
    const jsonData = (generation: number) => ({
      product: `InfluxDB OSS ${generation}.x`,
      version: 'InfluxQL',
      dbName: 'requests',
      httpMode: 'POST',
    });
    const header = { httpHeaderName1: 'Authorization' };
    const token = { httpHeaderValue1: `Token ${SECRET}` };
    const user = { INFLUX_USERNAME: 'reader', INFLUX_PASSWORD: SECRET };
    for (const [generation, env, expected] of [
      [1, database, { user: '', jsonData: jsonData(1), secureJsonData: {} }],
      [
        1,
        { ...database, ...user },
        { user: 'reader', jsonData: jsonData(1), secureJsonData: { password: SECRET } },
      ],
      [
        1,
        { ...bucket, INFLUX_BUCKET: 'requests/week' },
        { user: '', jsonData: { ...jsonData(1), ...header }, secureJsonData: token },
      ],
      [2, bucket, { user: '', jsonData: { ...jsonData(2), ...header }, secureJsonData: token }],
      [
        3,
        { ...database, INFLUX_TOKEN: SECRET },
        { user: '', jsonData: { ...jsonData(3), ...header }, secureJsonData: token },
      ],
      [3, database, { user: '', jsonData: jsonData(3), secureJsonData: {} }],
    ] as const) {
      grafana.dataSources.length = 0;
      const ran = await install(t, grafana, ['--influx-version', String(generation)], env);
      assert.equal(ran.status, 0, ran.errors);
      const { id, readOnly, isDefault, ...sent } = grafana.dataSources[0]!;
      assert.deepEqual(sent, { ...common, ...expected });
    }
  });

  test('changes from one generation to another, and keeps what was set in Grafana', async (t) => {
    const grafana = await fakeGrafana(t, '7.5.5');
    await install(t, grafana, ['--influx-version', '2'], bucket);
    const [source] = grafana.dataSources;
    Object.assign(Object(source!.jsonData), { timeInterval: '1s', tlsSkipVerify: true });
    Object.assign(source!, { isDefault: true, name: 'Renamed' });
    grafana.folders[0]!.title = 'Moved';

    const again = await install(t, grafana, ['--influx-version', '2'], bucket);
    assert.match(again.output, /unchanged +data source +Renamed \(its secret is sent again\)/);
    assert.match(again.output, /unchanged +folder +Moved/);

    const ran = await install(t, grafana, ['--influx-version', '1', '--influx-url', 'http://db:1/influx/']);
    assert.match(changes(ran), /^updated data source/);
    assert.deepEqual([source!.url, source!.isDefault, source!.name], ['http://db:1/influx', true, 'Renamed']);
    assert.deepEqual(source!.jsonData, {
      timeInterval: '1s',
      tlsSkipVerify: true,
      product: 'InfluxDB OSS 1.x',
      version: 'InfluxQL',
      dbName: 'requests',
      httpMode: 'POST',
    });
    assert.equal(grafana.dataSources.length, 1);
  });

  test('asks a real InfluxDB which generation it is', async (t) => {
    const influxd = await influxdb(t);
    const grafana = await fakeGrafana(t, '13.2.3');
    const env = {
      INFLUX_URL: influxd.url,
      INFLUX_DATABASE: 'requests',
      GRAFANA_URL: grafana.url,
      GRAFANA_USER: `admin:${SECRET}`,
    };
    const ran = await run(t, env, ['--influx-url', 'http://influxdb:8086']);
    assert.equal(ran.status, 0, ran.errors);
    assert.equal(Object(grafana.dataSources[0]!.jsonData).product, 'InfluxDB OSS 1.x');
    assert.equal(grafana.dataSources[0]!.url, 'http://influxdb:8086');
    assert.match(ran.output, /^Grafana 13\.2\.3 at .*, organization Main Org\.$/m);
    assert.match(ran.output, /^Grafana reaches the database: datasource is working/m);

    const gone = await run(t, { ...env, INFLUX_URL: 'http://127.0.0.1:9' }, []);
    assert.equal(gone.status, 1);
    assert.match(gone.errors, /cannot be asked for its version: no connection.*--influx-version 1, 2 or 3/s);
  });

  test('chooses the data source in the dashboards', async (t) => {
    const grafana = await fakeGrafana(t, '7.5.5');
    await install(t, grafana, ['--datasource', 'Shop', '--folder', 'Team']);
    const { dashboard } = grafana.dashboards.get('raw-requests-overview')!;
    const [ours, traces] = Object(dashboard.templating).list;
    assert.deepEqual(ours.current, { selected: true, text: 'Shop', value: 'raw-requests' });
    assert.equal(traces.current, undefined);
    assert.equal(grafana.folders[0]!.title, 'Team');
    assert.equal(dashboard.id, undefined);
  });

  test('uses a folder that is there, renames its own, and can do without', async (t) => {
    for (const kind of KINDS) {
      const grafana = await fakeGrafana(t, kind);
      await install(t, grafana);
      const renamed = await install(t, grafana, ['--folder', 'Ops']);
      assert.match(changes(renamed), /updated folder, unchanged dashboard/, kind);
      assert.deepEqual(
        grafana.folders.map(({ title }) => title),
        ['Ops'],
      );

      grafana.folders.push({ uid: 'team', id: 99, title: 'Team' });
      const moved = await install(t, grafana, ['--folder', 'Team']);
      assert.match(changes(moved), /unchanged folder, updated dashboard/, kind);
      assert.equal(grafana.dashboards.get('raw-requests-delivery')!.folder, kind === '7.5.5' ? 99 : 'team');

      assert.match(changes(await install(t, grafana, ['--folder', 'General'])), /updated dashboard$/);
      assert.equal(grafana.dashboards.get('raw-requests-delivery')!.folder, kind === '7.5.5' ? 0 : '');
    }
  });

  test('changes nothing with --dry-run', async (t) => {
    for (const kind of KINDS) {
      const grafana = await fakeGrafana(t, kind);
      const ran = await install(t, grafana, ['--dry-run']);
      assert.equal(ran.status, 0, ran.errors);
      assert.match(ran.output, /would be created +data source +Raw Requests\n.*folder.*\n.*dashboard/);
      assert.match(ran.output, /Nothing was changed/);
      assert.deepEqual(grafana.changes(), []);
    }
  });

  test('leaves to Grafana what it has from its own files', async (t) => {
    const grafana = await fakeGrafana(t, '13.2.3');
    await install(t, grafana);
    grafana.dataSources[0]!.readOnly = true;
    grafana.dashboards.get('raw-requests-delivery')!.provisioned = true;
    const done = grafana.changes().length;
    const ran = await install(t, grafana, ['--influx-url', 'http://elsewhere']);
    assert.equal(ran.status, 0, ran.errors);
    assert.match(changes(ran), /^provisioned data source, .*provisioned dashboard$/);
    assert.equal(grafana.changes().length, done);
  });

  test('takes nothing from others that have the same name', async (t) => {
    for (const kind of ['7.5.5', '13.2.3'] as const) {
      const grafana = await fakeGrafana(t, kind);
      grafana.dataSources.push({ uid: 'other', name: 'Raw Requests', id: 50 });
      const named = await install(t, grafana);
      assert.equal(named.status, 1);
      assert.match(named.errors, /another data source "Raw Requests".*--datasource NAME/s);
      assert.deepEqual(grafana.changes(), []);

      grafana.folders.push({ uid: 'raw-requests-folder', id: 60, title: 'Node.js (raw-requests)' });
      const folder = kind === '7.5.5' ? 60 : 'raw-requests-folder';
      grafana.dashboards.set('mine', {
        dashboard: { uid: 'mine', title: 'Node.js Requests' },
        folder,
        version: 1,
      });
      const titled = await install(t, grafana, ['--datasource', 'X']);
      assert.equal(titled.status, 1);
      assert.match(
        titled.errors,
        /another dashboard "Node.js Requests" in the folder "Node.js \(raw-requests\)".*--folder TITLE/s,
      );
      assert.deepEqual([...grafana.dashboards.keys()], ['mine']);
    }
  });

  test('names another title where a dashboard outside of folders has that of the folder', async (t) => {
    const grafana = await fakeGrafana(t, '7.5.5');
    grafana.dashboards.set('theirs', {
      dashboard: { uid: 'theirs', title: 'Raw Requests' },
      folder: 0,
      version: 1,
    });
    const taken = await install(t, grafana, ['--folder', 'raw requests']);
    assert.equal(taken.status, 1);
    assert.match(taken.errors, /a dashboard or a folder that is called "raw requests".*--folder TITLE/s);
    const own = await install(t, grafana, ['--folder', 'node js requests']);
    assert.match(
      own.errors,
      /"Node.js Requests" has the title of the folder "node js requests".*--folder TITLE/s,
    );
    assert.equal((await install(t, grafana)).status, 0);
    assert.equal(grafana.dashboards.get('theirs')!.version, 1);
  });

  test('tells a wrong token, a wrong password and none at all from each other', async (t) => {
    for (const kind of KINDS) {
      const grafana = await fakeGrafana(t, kind);
      const as = (env: Record<string, string>) =>
        run(t, { ...database, GRAFANA_URL: grafana.url, ...env }, ['--influx-version', '1']);
      const token = await as({ GRAFANA_TOKEN: `wrong-${SECRET}` });
      assert.equal(token.status, 1);
      assert.match(
        token.errors,
        /does not know this token: 401 Invalid API key or password Bearer \*\*\*\nCheck --token/,
      );
      const user = await as({ GRAFANA_USER: `bob:${SECRET}` });
      assert.match(user.errors, /does not know the user bob: 401 .*\nCheck --user/);
      const nobody = await as({});
      assert.match(nobody.errors, /requires a login \(401\)\.\nGive the token of a service account/);
      assert.deepEqual(grafana.changes(), []);
    }
  });

  test('says which right is missing', async (t) => {
    for (const kind of KINDS) {
      const grafana = await fakeGrafana(t, kind);
      grafana.role = 'Editor';
      const editor = await install(t, grafana);
      assert.equal(editor.status, 1);
      assert.match(
        editor.errors,
        /does not allow this token to read data sources: 403 .*\nIt needs the role Admin.*datasources:create/,
      );
      grafana.role = 'Sources';
      const custom = await install(t, grafana);
      assert.equal(custom.status, 1);
      assert.match(
        custom.errors,
        /does not allow this token to create the folder: 403 .*\nIt needs the role Editor.*folders:create/,
      );
    }
  });

  test('gives the database away to nobody that is not Grafana, and no token either', async (t) => {
    const seen: string[] = [];
    const page = await listen(t, (req, res) => {
      seen.push(req.headers.authorization ?? '');
      res.writeHead(req.url === '/' ? 200 : 404, { 'content-type': 'text/html' }).end('<h1>It works!</h1>');
    });
    const env = { ...database, GRAFANA_TOKEN: SECRET };
    const to = (url: string) => run(t, env, ['--influx-version', '1', '--grafana', url]);
    const wrong = await to(page.url);
    assert.equal(wrong.status, 1);
    assert.match(wrong.errors, /is not Grafana: \/api\/health answers 404.*sub path/s);
    assert.deepEqual([...new Set(seen)], ['']);

    const below = await fakeGrafana(t, '13.2.3', '/grafana');
    const outside = await to(below.url.replace(/\/grafana$/, ''));
    assert.equal(outside.status, 1);
    assert.match(outside.errors, new RegExp(`redirects to ${below.url}\\..*--grafana ${below.url}\n`, 's'));
    const inside = await install(t, below, ['--grafana', `${below.url}/`]);
    assert.equal(inside.status, 0, inside.errors);
    assert.match(inside.output, new RegExp(`^Open ${below.url}/d/raw-requests-overview`, 'm'));
  });

  test('explains names, ports and protocols that are wrong', async (t) => {
    const grafana = await fakeGrafana(t, '13.2.3');
    const to = (url: string) => run(t, database, ['--influx-version', '1', '--grafana', url]);
    const name = await to('http://no-such-host.invalid:3000');
    assert.equal(name.status, 1);
    assert.match(
      name.errors,
      /No connection to Grafana at http:\/\/no-such-host\.invalid:3000: .*\nCheck the name/,
    );
    assert.match((await to('http://127.0.0.1:8')).errors, /Nothing listens there/);
    const tls = await to(grafana.url.replace('http:', 'https:'));
    assert.match(tls.errors, new RegExp(`It may speak plain HTTP: try --grafana ${grafana.url}$`, 'm'));
    const plain = await listen(t, (_req, res) =>
      res.writeHead(400).end('Client sent an HTTP request to an HTTPS server.\n'),
    );
    assert.match((await to(plain.url)).errors, /speaks HTTPS, not plain HTTP\.\nTry --grafana https:/);
  });

  test('does not wait for a Grafana that is silent', async (t) => {
    const { url } = await listen(t, () => {});
    const started = performance.now();
    const ran = await run(t, { ...database, RAW_REQUESTS_TIMEOUT_MS: '300' }, [
      '--influx-version',
      '1',
      '--grafana',
      url,
    ]);
    assert.equal(ran.status, 1);
    assert.match(ran.errors, /gave no answer within 0\.3 s/);
    assert.ok(performance.now() - started < 5000);
  });

  test('ends at once on Ctrl-C', async (t) => {
    const { url, server } = await listen(t, () => {});
    const child = start(database, ['--influx-version', '1', '--grafana', url]);
    t.after(() => child.kill('SIGKILL'));
    const errors = text(child.stderr);
    await once(server, 'request');
    child.kill('SIGINT');
    const [status] = await once(child, 'exit');
    assert.equal(status, 130);
    assert.equal(await errors, 'Interrupted. Nothing is left running.\n');
  });

  test('tells whether Grafana reaches the database', async (t) => {
    const grafana = await fakeGrafana(t, '13.2.3');
    grafana.health = [400, { status: 'ERROR', message: `error performing influxQL query with ${SECRET}` }];
    const ran = await install(t, grafana, ['--influx-version', '2'], bucket);
    assert.equal(ran.status, 3);
    assert.match(
      ran.output,
      /^Grafana does not reach the database: error performing influxQL query with \*\*\*\nIt uses http:\/\/influxdb:8086\./m,
    );
    grafana.health = undefined;
    const silent = await install(t, grafana, [], { ...database, RAW_REQUESTS_TIMEOUT_MS: '1000' });
    assert.equal(silent.status, 3);
    assert.match(silent.output, /it did not answer in time\n.*\nOpen /);
    const old = await install(t, await fakeGrafana(t, '7.5.5'));
    assert.match(old.output, /^This version of Grafana cannot report/m);
  });

  test('names settings that are missing or wrong, with exit code 2', async (t) => {
    const args = ['--influx-version', '1', '--grafana', 'http://127.0.0.1:9'];
    const nowhere = await run(t, {}, args);
    assert.equal(nowhere.status, 2);
    assert.match(
      nowhere.errors,
      /^Expected INFLUX_URL and the other settings of the app to be set.*INFLUX_DATABASE=requests npx raw-requests grafana install$/ms,
    );
    const wrong = await run(t, { ...database, INFLUX_BUCKET: 'b' }, args);
    assert.equal(wrong.status, 2);
    assert.match(wrong.errors, /Expected only one of INFLUX_DATABASE and INFLUX_BUCKET/);
    const url = await run(t, database, ['--influx-version', '1', '--grafana', `ftp://admin:${SECRET}@host`]);
    assert.equal(url.status, 2);
    assert.match(url.errors, /^Expected --grafana to be an http or https address/);
    const user = await run(t, { ...database, GRAFANA_USER: SECRET }, args);
    assert.match(user.errors, /^Expected --user to be name:password/);
  });

  test('refuses files that are no dashboards', async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'raw-requests-grafana-'));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    const grafana = await fakeGrafana(t, '13.2.3');
    assert.match((await install(t, grafana, ['--dashboards', folder])).errors, /no dashboards \(\*\.json\)/);
    writeFileSync(join(folder, 'x.json'), '{"title":"X"}');
    assert.match((await install(t, grafana, ['--dashboards', folder])).errors, /x\.json is no dashboard/);
    assert.deepEqual(grafana.asked, []);
  });
});
