import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { resolveOptions } from '../../../src/options/options.ts';
import { settings } from '../../../src/options/settings.ts';

const root = fileURLToPath(new URL('../../../../', import.meta.url));
const main = join(root, 'dist/cli/main.js');
const dashboards = join(root, 'test/fixtures/dashboards');
const SECRET = 'open-sesame';

/** Exports into a new folder; returns the text of a file in it. */
function exported(t: TestContext, args: string[], env: Record<string, string> = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'raw-requests-grafana-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const all = ['grafana', 'export', '--dir', folder, '--dashboards', dashboards, ...args];
  const output = execFileSync(process.execPath, [main, ...all], {
    env: { PATH: process.env.PATH, ...env },
    encoding: 'utf8',
  });
  const read = (path: string) => readFileSync(join(folder, path), 'utf8');
  for (const file of output.trim().split('\n'))
    assert.doesNotMatch(readFileSync(file, 'utf8'), new RegExp(SECRET));
  return { read, output, folder };
}

/** A reference to a variable, as Grafana puts its value in. */
const of = (name: string) => `\${${name}}`;

describe('raw-requests grafana export', () => {
  test('writes data sources for all generations, with variables in place of what the library reads', (t) => {
    const source = (args: string[], env?: Record<string, string>) => {
      const file = parse(exported(t, args, env).read('datasources/raw-requests.yaml'));
      assert.equal(file.apiVersion, 1);
      assert.equal(file.datasources.length, 1);
      return file.datasources[0];
    };
    const jsonData = (generation: number, database: string) => ({
      product: `InfluxDB OSS ${generation}.x`,
      version: 'InfluxQL',
      dbName: of(database),
      httpMode: 'POST',
    });
    const common = {
      name: 'Raw Requests',
      uid: 'raw-requests',
      type: 'influxdb',
      access: 'proxy',
      basicAuth: false,
    };
    const header = { httpHeaderName1: 'Authorization' };
    const token = { httpHeaderValue1: `Token ${of('INFLUX_TOKEN')}` };
    assert.deepEqual(source(['--influx-version', '1']), {
      ...common,
      url: of('INFLUX_URL'),
      user: of('INFLUX_USERNAME'),
      database: of('INFLUX_DATABASE'),
      jsonData: jsonData(1, 'INFLUX_DATABASE'),
      secureJsonData: { password: of('INFLUX_PASSWORD') },
    });
    for (const [generation, database] of [
      [2, 'INFLUX_BUCKET'],
      [3, 'INFLUX_DATABASE'],
    ] as const) {
      assert.deepEqual(source(['--influx-version', String(generation)]), {
        ...common,
        url: of('INFLUX_URL'),
        user: '',
        database: of(database),
        jsonData: { ...jsonData(generation, database), ...header },
        secureJsonData: token,
      });
    }
    const env = { INFLUX_HOST: `http://u:${SECRET}@h`, INFLUX_DB: SECRET, INFLUX_TOKEN: SECRET };
    const own = source(['--influx-version', '3'], env);
    assert.deepEqual(
      [own.url, own.database, own.secureJsonData],
      [of('INFLUX_HOST'), of('INFLUX_DB'), token],
    );
    assert.equal(source(['--influx-version', '1', '--datasource', 'a $X: "b" #c']).name, 'a $$X: "b" #c');
  });

  test('writes a provider and the dashboards beside it', (t) => {
    const { read, output, folder } = exported(t, ['--influx-version', '1', '--root', '/srv/grafana/']);
    const { apiVersion, providers } = parse(read('dashboards/raw-requests.yaml'));
    assert.equal(apiVersion, 1);
    assert.deepEqual(providers, [
      {
        name: 'raw-requests',
        folder: 'Node.js (raw-requests)',
        folderUid: 'raw-requests-folder',
        type: 'file',
        disableDeletion: false,
        allowUiUpdates: false,
        updateIntervalSeconds: 30,
        options: { path: '/srv/grafana/dashboards/raw-requests' },
      },
    ]);
    assert.deepEqual(readdirSync(join(folder, 'dashboards/raw-requests')), [
      'raw-requests-delivery.json',
      'raw-requests-overview.json',
    ]);
    const { id, version, uid, templating } = JSON.parse(
      read('dashboards/raw-requests/raw-requests-overview.json'),
    );
    assert.deepEqual([id, version, uid], [undefined, undefined, 'raw-requests-overview']);
    assert.equal(templating.list[0].current.value, 'raw-requests');
    assert.equal(output.trim().split('\n').length, 4);

    const loose = exported(t, ['--influx-version', '1', '--folder', 'General']).read(
      'dashboards/raw-requests.yaml',
    );
    assert.equal(parse(loose).providers[0].folder, '');
    assert.equal(parse(loose).providers[0].folderUid, undefined);
  });
});

interface Service {
  image?: string;
  command?: string[];
  environment?: Record<string, string>;
  volumes?: string[];
  ports?: string[];
  healthcheck?: { test: string[] };
  extends?: { file: string; service: string };
  depends_on?: Record<string, { condition: string }>;
}

const examples = join(root, 'examples/grafana');

/** The services of a compose file, with those that they extend put in, and sources of volumes as absolute paths. */
function servicesOf(folder: string, name = 'compose.yaml'): Record<string, Service> {
  const { services } = parse(readFileSync(join(folder, name), 'utf8'), { merge: true }) as {
    services: Record<string, Service>;
  };
  return Object.fromEntries(
    Object.entries(services).map(([name, { extends: base, ...service }]) => {
      const volumes = service.volumes?.map(
        (volume) => join(folder, volume.split(':')[0]!) + volume.slice(volume.indexOf(':')),
      );
      const from: Service = base
        ? servicesOf(join(folder, base.file, '..'), 'services.yaml')[base.service]!
        : {};
      return [
        name,
        {
          ...from,
          ...service,
          environment: { ...from.environment, ...service.environment },
          volumes: [...(from.volumes ?? []), ...(volumes ?? [])],
        },
      ];
    }),
  );
}

const generations = [1, 2, 3];

describe('examples/grafana', () => {
  for (const generation of generations) {
    const folder = join(examples, `influxdb-${generation}`);

    test(`provisions what is exported, for InfluxDB ${generation}`, (t) => {
      const { read } = exported(t, ['--influx-version', String(generation)]);
      assert.equal(
        readFileSync(join(folder, 'datasources.yaml'), 'utf8'),
        read('datasources/raw-requests.yaml'),
      );
      assert.equal(
        readFileSync(join(examples, 'dashboards.yaml'), 'utf8'),
        read('dashboards/raw-requests.yaml'),
      );
    });

    test(`names images, files and variables that there are, for InfluxDB ${generation}`, () => {
      const services = servicesOf(folder);
      assert.deepEqual(Object.keys(services).sort(), ['app', 'grafana', 'influxdb', 'visitor']);
      for (const [name, service] of Object.entries(services)) {
        assert.match(
          service.image!,
          /^[\w/]+:\d[\w.-]*(\.\d+[\w.-]*|@sha256:[0-9a-f]{64})$/,
          'one certain image',
        );
        if (name !== 'visitor') assert.ok(service.healthcheck, `${name} says when it is well`);
        for (const port of service.ports ?? []) assert.match(port, /^127\.0\.0\.1:\d+:\d+$/);
        for (const [other, { condition }] of Object.entries(service.depends_on ?? {})) {
          assert.equal(condition, 'service_healthy');
          assert.ok(services[other]?.healthcheck);
        }
      }
      const { grafana, app, influxdb } = services as Record<'grafana' | 'app' | 'influxdb', Service>;
      const mounts = new Map(
        grafana.volumes!.map((volume) => volume.split(':').slice(0, 2).reverse() as [string, string]),
      );
      const dashboardsFolder = '/etc/grafana/provisioning/dashboards/raw-requests';
      assert.deepEqual([...mounts.keys()].sort(), [
        dashboardsFolder,
        '/etc/grafana/provisioning/dashboards/raw-requests.yaml',
        '/etc/grafana/provisioning/datasources/raw-requests.yaml',
      ]);
      assert.equal(mounts.get(dashboardsFolder), join(root, 'dashboards'));
      for (const [path, file] of mounts) if (path !== dashboardsFolder) assert.ok(existsSync(file), file);
      const provider = parse(readFileSync(join(examples, 'dashboards.yaml'), 'utf8')).providers[0];
      assert.equal(provider.options.path, dashboardsFolder);
      const home = grafana.environment!.GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH;
      assert.equal(home, `${dashboardsFolder}/raw-requests-overview.json`);

      // The library understands what the app gets, and Grafana gets all that its data source names.
      const known = new Set(Object.values(settings).flatMap(({ env }) => [...env]));
      for (const name of Object.keys(app.environment!)) assert.ok(known.has(name), name);
      const { destination } = resolveOptions({}, app.environment);
      assert.equal(destination!.url, app.environment!.INFLUX_URL);
      assert.ok(destination!.authorization);
      for (const [, name = ''] of readFileSync(join(folder, 'datasources.yaml'), 'utf8').matchAll(
        /\$\{(\w+)\}/g,
      )) {
        assert.ok(grafana.environment![name], name);
        assert.equal(grafana.environment![name], app.environment![name]);
      }

      // The database makes what the app writes to, and listens where the app looks for it.
      const made = Object.values(influxdb.environment!);
      for (const name of [
        'INFLUX_DATABASE',
        'INFLUX_BUCKET',
        'INFLUX_ORG',
        'INFLUX_TOKEN',
        'INFLUX_USERNAME',
      ]) {
        const value = app.environment![name];
        if (value !== undefined && generation < 3) assert.ok(made.includes(value), name);
      }
      assert.match(influxdb.ports![0]!, new RegExp(`:${new URL(destination!.url).port}$`));
      assert.deepEqual(app.volumes, [`${join(folder, '../../..')}:/app:ro`]);
      assert.ok(existsSync(join(root, app.command![1]!)));
    });
  }

  test('opens a dashboard that there is', { skip: !existsSync(join(root, 'dashboards')) }, () => {
    const { uid } = JSON.parse(readFileSync(join(root, 'dashboards/raw-requests-overview.json'), 'utf8'));
    assert.equal(uid, 'raw-requests-overview');
  });
});
