import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { RULES } from '../../../src/cli/grafana/resources/alert-rules.ts';
import { type FakeGrafana, fakeGrafana } from '../../support/fake-grafana.ts';

const main = fileURLToPath(new URL('../../../../dist/cli/main.js', import.meta.url));
const dashboards = fileURLToPath(new URL('../../../../test/fixtures/dashboards', import.meta.url));

/** Runs `grafana install --alerts`. */
function install(t: TestContext, { url, token }: FakeGrafana, ...args: string[]) {
  const env = {
    PATH: process.env.PATH,
    INFLUX_URL: 'http://influxdb:8086',
    INFLUX_DATABASE: 'requests',
    GRAFANA_URL: url,
    GRAFANA_TOKEN: token,
  };
  const all = [
    'grafana',
    'install',
    '--alerts',
    '--dashboards',
    dashboards,
    '--influx-version',
    '1',
    ...args,
  ];
  return new Promise<{ status: number; output: string; errors: string }>((resolve) => {
    const child = execFile(process.execPath, [main, ...all], { env }, (error, output, errors) =>
      resolve({ status: error === null ? 0 : Number(error.code), output, errors }),
    );
    t.after(() => child.kill('SIGKILL'));
  });
}

const ofAlerts = (output: string) =>
  output
    .split('\n')
    .flatMap((line) => /^ {2}(.*?) +alert rule +(.*)$/.exec(line)?.slice(1, 3).join(' ') ?? []);

describe('raw-requests grafana install --alerts', () => {
  test('creates the rules once, in the folder of the dashboards, and keeps limits that were changed', async (t) => {
    const grafana = await fakeGrafana(t, '13.2.3');
    const dry = await install(t, grafana, '--dry-run');
    assert.deepEqual(ofAlerts(dry.output)[0], `would be created ${RULES[0]!.title}`);
    assert.deepEqual(grafana.changes(), []);

    const first = await install(t, grafana);
    assert.equal(first.status, 0, first.errors);
    assert.deepEqual(
      ofAlerts(first.output),
      RULES.map(({ title }) => `created ${title}`),
    );
    for (const { uid, condition } of RULES) {
      const { provenance, ...rule } = grafana.alertRules.get(uid)!;
      assert.deepEqual(
        [rule.folderUID, rule.ruleGroup, rule.condition, provenance],
        ['raw-requests-folder', 'raw-requests', condition, undefined],
      );
    }

    const errors = grafana.alertRules.get('raw-requests-errors')!;
    (errors.data as { model: { expression: string } }[])[2]!.model.expression = '$B > 0.2';
    grafana.alertRules.get('raw-requests-slow')!.provenance = 'file';
    const done = grafana.changes().length;
    const second = await install(t, grafana);
    assert.equal(second.status, 0, second.errors);
    assert.deepEqual(ofAlerts(second.output).slice(0, 3), [
      'unchanged Errors of Node.js requests (it is another one than that of this package, and is kept)',
      'provisioned Slow Node.js requests (by a file of Grafana, which takes precedence)',
      'unchanged No Node.js requests',
    ]);
    assert.equal(grafana.changes().length, done);
  });

  test('says of a Grafana without such rules that it has none, and changes nothing', async (t) => {
    const grafana = await fakeGrafana(t, '7.5.5');
    const { status, errors } = await install(t, grafana);
    assert.equal(status, 1);
    assert.match(errors, /Grafana 7\.5\.5 has no alert rules of the kind that --alerts installs/);
    assert.match(errors, /without --alerts/);
    assert.deepEqual(grafana.changes(), []);
  });

  test('names the permission that a token lacks', async (t) => {
    const grafana = await fakeGrafana(t, '13.2.3');
    await install(t, grafana);
    grafana.role = 'Sources';
    const { status, errors } = await install(t, grafana);
    assert.equal(status, 1);
    assert.match(errors, /alert\.provisioning:write/);
  });

  test('wants a folder', async (t) => {
    const grafana = await fakeGrafana(t, '13.2.3');
    const { status, errors } = await install(t, grafana, '--folder', 'General');
    assert.equal(status, 2);
    assert.match(errors, /Expected --folder to name a folder with --alerts, got General/);
    assert.deepEqual(grafana.asked, []);
  });
});

test('raw-requests grafana export --alerts writes the same rules as a file, beside the others', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'raw-requests-alerts-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  await new Promise<void>((resolve, reject) => {
    const args = ['grafana', 'export', '--alerts', '--dir', folder, '--influx-version', '1'];
    execFile(process.execPath, [main, ...args], { env: { PATH: process.env.PATH } }, (error) =>
      error === null ? resolve() : reject(error),
    );
  });
  const { groups } = parse(readFileSync(`${folder}/alerting/raw-requests.yaml`, 'utf8'));
  assert.deepEqual(groups[0].rules, RULES);
});
