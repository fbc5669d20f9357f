import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { register } from 'prom-client';
import { parse } from 'yaml';
import { alertsFile } from '../../src/cli/grafana/provisioning.ts';
import { RULES } from '../../src/cli/grafana/resources/alert-rules.ts';
import { DATA_SOURCE_UID } from '../../src/cli/grafana/resources/data-source.ts';
import { FOLDER_TITLE } from '../../src/cli/grafana/resources/folder.ts';
import { slug } from '../../src/cli/grafana/resources/names.ts';
import { dashboards } from '../../src/dashboards/index.ts';
import { prometheusMetrics } from '../../src/prometheus.ts';
import { ask, panelsOf } from '../support/dashboards/grafana.ts';
import { influxdb } from '../support/real/influx.ts';

const folder = new URL('../../../examples/alerts/', import.meta.url);
const read = (name: string) => parse(readFileSync(new URL(name, folder), 'utf8'));
const hasPromtool = spawnSync('promtool', ['--version']).error === undefined;

type AlertQuery = (typeof RULES)[0]['data'][0];

/** What each rule's query gives for these points, for each service, and for which of them that is an alert. */
const EXPECTED: Readonly<
  Record<string, readonly [values: [service: string | undefined, value: number][], alerts: unknown[]]>
> = {
  'raw-requests-errors': [
    [
      ['', 0.1],
      ['shop', 0],
    ],
    [''],
  ],
  'raw-requests-slow': [
    [
      ['', 0.095],
      ['shop', 2],
    ],
    ['shop'],
  ],
  'raw-requests-none': [[[undefined, 102]], []],
  'raw-requests-missing': [
    [
      ['', 3],
      ['shop', 0],
    ],
    [''],
  ],
  'raw-requests-delivery-fails': [
    [
      ['', 0.4],
      ['shop', 1],
    ],
    [''],
  ],
  'raw-requests-blocked': [
    [
      ['', 1.5],
      ['shop', 0.1],
    ],
    [''],
  ],
};

describe('the alert rules', () => {
  test('of Grafana give what the points give, and compare it with their limit', async (t) => {
    const influxd = await influxdb(t);
    const { url } = influxd;
    await influxd.query('CREATE DATABASE alerts');
    const now = Date.now();
    const tags = 'hostname=h,process=h:1,thread=0,worker=0';
    const other = 'hostname=h,process=h:2,thread=0,worker=0,service=shop';
    const lines = Array.from({ length: 100 }, (_, i) => {
      const status = i % 10 === 0 ? 500 : 200;
      return `raw-requests,${tags},status=${status} application_time=${(i + 1) / 1000},sequence=${i < 50 ? i : i + 3}i ${now - 60_000 + i}000000`;
    });
    lines.push(
      `delivery,${tags} recorded=100i,acknowledged=100i ${now - 60_000}000000`,
      `delivery,${tags} recorded=200i,acknowledged=140i ${now - 1000}000000`,
      `request-metrics,${tags} event_loop_delay_max=1.5 ${now - 1000}000000`,
      `raw-requests,${other},status=200 application_time=2,sequence=1i ${now - 2000}000000`,
      // A WebSocket is not slow.
      `raw-requests,${other},status=101,outcome=upgraded application_time=200,sequence=2i ${now - 1000}000000`,
      `delivery,${other} recorded=1i,acknowledged=1i ${now - 60_000}000000`,
      `delivery,${other} recorded=2i,acknowledged=2i ${now - 1000}000000`,
      `request-metrics,${other} event_loop_delay_max=0.1 ${now - 1000}000000`,
    );
    await fetch(`${url}/write?db=alerts`, { method: 'POST', body: lines.join('\n') });

    for (const { uid, condition, data, annotations } of RULES) {
      const dashboard = dashboards[annotations.__dashboardUid__!]!;
      const panel = panelsOf(dashboard).find(({ id }) => id === Number(annotations.__panelId__));
      assert.notEqual(panel, undefined, uid);
      const [asks, reduces, compares] = data as [AlertQuery, AlertQuery, AlertQuery];
      assert.equal(asks.datasourceUid, DATA_SOURCE_UID);
      assert.equal(reduces.model.expression, asks.refId);
      assert.equal(condition, compares.refId);
      const text = String(asks.model.query).replaceAll(
        '$timeFilter',
        `time >= ${now - 300_000}ms and time <= ${now}ms`,
      );
      const series = await ask(url, 'alerts', text);
      const found = series.map(({ tags, values }) => [tags?.service, Number(values.at(-1)![1])] as const);
      const limit = /^\$B ([<>]) ([\d.]+)$/.exec(String(compares.model.expression))!;
      const alerts = found.filter(([, value]) =>
        limit[1] === '>' ? value > Number(limit[2]) : value < Number(limit[2]),
      );
      const [values, alerting] = EXPECTED[uid]!;
      assert.deepEqual(
        found.map(([service, value]) => [service, Number(value.toFixed(9))]),
        values,
        uid,
      );
      assert.deepEqual(
        alerts.map(([service]) => service),
        alerting,
        uid,
      );
    }
    assert.deepEqual(
      RULES.map(({ uid }) => uid),
      Object.keys(EXPECTED),
    );
  });

  test('of Grafana are as in examples/alerts: run `npm run dashboards` when their source has changed', () => {
    assert.equal(readFileSync(new URL('grafana.yaml', folder), 'utf8'), alertsFile(RULES));
    const { groups } = read('grafana.yaml') as { groups: { folder: string; rules: object[] }[] };
    assert.deepEqual(groups[0]!.rules, RULES);
    // Before Grafana 11.3, a folder may not have the title of a dashboard.
    const titles = [...Object.values(dashboards).map(({ title }) => title), FOLDER_TITLE];
    for (const title of titles) assert.notEqual(slug(groups[0]!.folder), slug(title));
  });

  test('of Prometheus ask for metrics that are served', async (t) => {
    const metrics = prometheusMetrics({ register });
    t.after(() => metrics.close());
    const served = await register.metrics();
    const names = new Set(
      [...served.matchAll(/^# TYPE (\S+) (\S+)/gm)].flatMap(([, name, type]) =>
        type === 'histogram' ? [`${name}_bucket`, `${name}_count`] : [name!],
      ),
    );
    const { groups } = read('prometheus.yaml') as { groups: { rules: { expr: string }[] }[] };
    for (const { expr } of groups[0]!.rules) {
      const asked = expr.match(/\b(http_server|nodejs|raw_requests)_\w+/g) ?? [];
      assert.ok(asked.length > 0, expr);
      for (const name of asked) if (name !== 'nodejs_eventloop_state') assert.ok(names.has(name), name);
    }
  });

  test('of Prometheus alert of each fault, and of nothing else', {
    skip: !hasPromtool && 'needs promtool, of the Debian package prometheus',
  }, () => {
    const { status, stdout, stderr } = spawnSync('promtool', ['test', 'rules', 'prometheus.test.yaml'], {
      cwd: fileURLToPath(folder),
      encoding: 'utf8',
    });
    assert.equal(status, 0, stdout + stderr);
  });
});
