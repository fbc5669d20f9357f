import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { register } from 'prom-client';
import { parse } from 'yaml';
import { DATA_SOURCE_UID } from '../../src/cli/grafana/resources/data-source.ts';
import { FOLDER_TITLE } from '../../src/cli/grafana/resources/folder.ts';
import { slug } from '../../src/cli/grafana/resources/names.ts';
import { dashboards } from '../../src/dashboards/index.ts';
import { prometheusMetrics } from '../../src/prometheus.ts';
import { ask } from '../support/dashboards/grafana.ts';
import { influxdb } from '../support/real/influx.ts';

const read = (name: string) =>
  parse(readFileSync(new URL(`../../../examples/alerts/${name}`, import.meta.url), 'utf8'));

interface Rule {
  readonly uid: string;
  readonly condition: string;
  readonly annotations: Readonly<Record<string, string>>;
  readonly data: readonly {
    readonly refId: string;
    readonly datasourceUid: string;
    readonly model: {
      readonly refId: string;
      readonly query?: string;
      readonly expression?: string;
      readonly conditions?: readonly { evaluator: { type: 'gt' | 'lt'; params: [number] } }[];
    };
  }[];
}

/** What each rule's query gives for these points, and whether that is an alert. */
const EXPECTED: Readonly<Record<string, readonly [value: number, alert: boolean]>> = {
  'raw-requests-errors': [0.1, true],
  'raw-requests-slow': [0.095, false],
  'raw-requests-none': [100, false],
  'raw-requests-missing': [3, true],
  'raw-requests-delivery-fails': [0.4, true],
  'raw-requests-blocked': [1.5, true],
};

describe('the alert rules', () => {
  test('of Grafana give what the points give, and compare it with their limit', async (t) => {
    const influxd = await influxdb(t);
    const { url } = influxd;
    await influxd.query('CREATE DATABASE alerts');
    const now = Date.now();
    const tags = 'hostname=h,process=h:1,thread=0,worker=0';
    const lines = Array.from({ length: 100 }, (_, i) => {
      const status = i % 10 === 0 ? 500 : 200;
      return `raw-requests,${tags},status=${status} application_time=${(i + 1) / 1000},sequence=${i < 50 ? i : i + 3}i ${now - 60_000 + i}000000`;
    });
    lines.push(
      `delivery,${tags} recorded=100i,acknowledged=100i ${now - 60_000}000000`,
      `delivery,${tags} recorded=200i,acknowledged=140i ${now - 1000}000000`,
      `request-metrics,${tags} event_loop_delay_max=1.5 ${now - 1000}000000`,
    );
    await fetch(`${url}/write?db=alerts`, { method: 'POST', body: lines.join('\n') });

    const { groups } = read('grafana.yaml') as { groups: { folder: string; rules: Rule[] }[] };
    const [{ rules, folder }] = groups as [(typeof groups)[0]];
    const titles = Object.values(dashboards).map(({ title }) => title);
    for (const title of [...titles, FOLDER_TITLE]) assert.notEqual(slug(folder), slug(title));
    assert.deepEqual(
      rules.map(({ uid }) => uid),
      Object.keys(EXPECTED),
    );
    for (const { uid, condition, data, annotations } of rules) {
      assert.ok(annotations.__dashboardUid__! in dashboards);
      const [asks, reduces, compares] = data as [Rule['data'][0], Rule['data'][0], Rule['data'][0]];
      assert.equal(asks.datasourceUid, DATA_SOURCE_UID);
      for (const { refId, model } of data) assert.equal(model.refId, refId);
      assert.equal(reduces.model.expression, asks.refId);
      assert.equal(compares.model.expression, reduces.refId);
      assert.equal(condition, compares.refId);
      const text = asks.model.query!.replaceAll(
        '$timeFilter',
        `time >= ${now - 300_000}ms and time <= ${now}ms`,
      );
      const [series] = await ask(url, 'alerts', text);
      const value = Number(series!.values.at(-1)![1]);
      const [expected, isAlert] = EXPECTED[uid]!;
      assert.ok(Math.abs(value - expected) < 1e-9, `${uid}: ${value}`);
      const [{ evaluator }] = compares.model.conditions as [
        { evaluator: { type: 'gt' | 'lt'; params: [number] } },
      ];
      assert.equal(
        evaluator.type === 'gt' ? value > evaluator.params[0] : value < evaluator.params[0],
        isAlert,
        uid,
      );
    }
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
});
