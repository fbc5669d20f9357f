import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { type Influxd, startInfluxd } from '../../src/cli/demo/place/influxd.ts';
import { dashboards } from '../../src/dashboards/index.ts';
import {
  ask,
  interpolate,
  intervalMs,
  panelsOf,
  type Series,
  type View,
  viewOf,
  withHidden,
} from '../support/dashboards/grafana.ts';
import { type Oracle, oracle, type Points } from '../support/dashboards/oracle.ts';
import { type ExpectedRow, type Sample, values } from '../support/dashboards/points.ts';
import { openShop } from '../support/dashboards/shop.ts';

/** By tags, time and column, the values, in order: what a query gave, or must give. Nothing and 0 are the same. */
function cells(rows: readonly ExpectedRow[], withTime: boolean): Map<string, unknown[]> {
  const found = new Map<string, unknown[]>();
  for (const { tags, ms, values: of } of rows) {
    const where = `${JSON.stringify(Object.entries(tags).sort())} ${withTime ? ms : ''}`;
    for (const [column, value] of Object.entries(of)) {
      if (value === null || value === 0 || (typeof value === 'object' && value.about === 0)) continue;
      const key = `${where} ${column}`;
      const list = found.get(key);
      if (list) list.push(value);
      else found.set(key, [value]);
    }
  }
  for (const list of found.values()) list.sort((a, b) => (number(a) ?? 0) - (number(b) ?? 0));
  return found;
}

function number(value: unknown): number | undefined {
  if (typeof value === 'object' && value !== null) return (value as { about: number }).about;
  return typeof value === 'number' ? value : undefined;
}

function rowsOf(series: readonly Series[]): ExpectedRow[] {
  return series.flatMap(({ tags = {}, columns, values: rows }) =>
    rows.map(([ms, ...rest]) => ({
      tags,
      ms: Number(ms),
      values: Object.fromEntries(rest.map((value, i) => [columns[i + 1]!, value as number | string | null])),
    })),
  );
}

function assertEqual(actual: readonly Series[], expected: readonly ExpectedRow[]): number {
  const withTime = expected.some(({ ms }) => ms !== undefined);
  const got = cells(rowsOf(actual), withTime);
  const wanted = cells(expected, withTime);
  assert.deepEqual([...got.keys()].sort(), [...wanted.keys()].sort());
  for (const [key, list] of wanted) {
    const given = got.get(key)!;
    assert.equal(given.length, list.length, key);
    list.forEach((value, i) => {
      if (typeof value === 'object' && value !== null) {
        const { about } = value as { about: number };
        const off = Math.abs(number(given[i])! - about);
        assert.ok(off <= 1e-9 * Math.abs(about), `${key}: ${given[i]}, not about ${about}`);
      } else if (typeof value === 'string') {
        assert.ok(given.includes(value), `${key}: ${value}`);
      } else {
        assert.equal(given[i], value, key);
      }
    });
  }
  return wanted.size;
}

async function pointsOf(influxd: Influxd): Promise<Points> {
  const read = async (measurement: string): Promise<Sample[]> => {
    const rows = await influxd.query(`SELECT * FROM "${measurement}"`, 'requests');
    return rows.map((row) => ({ ...row, ms: Number(BigInt(row.time as bigint) / 1000n) / 1000 }));
  };
  return {
    'raw-requests': await read('raw-requests'),
    'request-metrics': await read('request-metrics'),
    'process-info': await read('process-info'),
    'process-event': await read('process-event'),
    delivery: await read('delivery'),
  };
}

/** The groups that are compared, if no others are chosen. */
const GROUPS = { by: ['service'], a: ['shop'], b: ['cart'] };

/** Asks every panel of every dashboard, and compares. Returns the panels that had nothing to show. */
async function examine(
  influxd: Influxd,
  points: Points,
  view: View,
  isAsked = (_query: string) => true,
): Promise<string[]> {
  const empty: string[] = [];
  const asked: string[] = [];
  for (const [uid, dashboard] of Object.entries(dashboards)) {
    const get = (query: string) => ask(influxd.url, 'requests', query);
    const seen = await withHidden(dashboard, { ...view, chosen: { ...GROUPS, ...view.chosen } }, get);
    const oracles = new Map<number, Oracle>();
    for (const panel of panelsOf(dashboard)) {
      const { title, targets = [] } = panel;
      const own = viewOf(seen, panel);
      const expected = oracles.get(intervalMs(own)) ?? oracle(points, own);
      oracles.set(intervalMs(own), expected);
      for (const target of targets) {
        const name = `${uid} / ${title} / ${target.refId}`;
        asked.push(name);
        if (!isAsked(target.query)) continue;
        const query = interpolate(dashboard, target.query, own);
        assert.ok(!query.includes('$') || !/\$[\w{]/.test(query), query);
        assert.ok(expected[name], `no expectation for ${name}`);
        try {
          if (assertEqual(await get(query), expected[name]()) === 0) empty.push(name);
        } catch (error) {
          throw new Error(`${name}\n${query}\n${(error as Error).message}`);
        }
      }
    }
    const [expected] = oracles.values();
    const own = Object.keys(expected!).filter((name) => name.startsWith(`${uid} / `));
    assert.deepEqual(
      own.filter((name) => !asked.includes(name)),
      [],
      'expectations without a panel',
    );
  }
  return empty;
}

describe('on real traffic in a real InfluxDB', () => {
  let influxd: Influxd;
  let points: Points;
  let fromMs: number;
  let toMs: number;
  let deleted = 0;

  before(async () => {
    influxd = await startInfluxd();
    await influxd.query('CREATE DATABASE requests');
    fromMs = Date.now() - 300;
    const shop = await openShop(influxd.url, ['shop', 'cart', '']);
    // On a busy machine, little is sent in a while.
    const [COUNT, ENOUGH] = ['SELECT count("slot") FROM "raw-requests"', 1000];
    for (let sent = 0; sent < ENOUGH; ) {
      await shop.traffic(6, 120);
      sent = Number((await influxd.query(COUNT, 'requests'))[0]?.count ?? 0);
    }
    await shop.finish();
    // A process that lost requests in all the ways there are.
    const at = Date.now();
    const lost = [1, 2, 3, 4].map((n) => {
      const fates = `acknowledged=${40 * n}i,queued=${n}i,spooled=${2 * n}i,dropped=${3 * n}i,unknown=${4 * n}i,rejected=${5 * n}i`;
      const ns = `${at - (5 - n) * 1000}000000`;
      return `delivery,hostname=far,process=far:1,thread=0,worker=0 ${fates},recorded=${55 * n}i ${ns}`;
    });
    // And one of which requests took very long, many at a time.
    const far = (tag: string) => `request-metrics,hostname=far,process=far:1,thread=0,${tag},worker=0`;
    const long = [
      `${far('time_bucket=10.24')} application_time_bucket=3i,queue_time_bucket=2i ${at - 2000}000000`,
      `${far('thread_id=12')} request_threads_bucket=4i ${at - 2000}000000`,
    ];
    // WebSockets, whose duration is no response time.
    const upgraded = [3000, 40].map(
      (seconds, n) =>
        `raw-requests,hostname=far,method=GET,outcome=upgraded,process=far:2,route=/live,status=101,thread=0,worker=0 application_time=${seconds},bytes_out=1i,in_flight=1i,sequence=${n + 1}i,slot=1i ${at - 1500 + n * 1000}000000`,
    );
    await fetch(`${influxd.url}/write?db=requests`, {
      method: 'POST',
      body: [...lost, ...long, ...upgraded].join('\n'),
    });
    const [first] = await influxd.query('SELECT * FROM "raw-requests" LIMIT 1 OFFSET 500', 'requests');
    for (const { time } of await influxd.query(
      `SELECT slot FROM "raw-requests" WHERE "process" = '${first!.process}' LIMIT 7 OFFSET 60`,
      'requests',
    )) {
      await influxd.query(`DELETE FROM "raw-requests" WHERE time = ${time}`, 'requests');
      deleted++;
    }
    toMs = Date.now() + 300;
    points = await pointsOf(influxd);
  });
  test.after(() => influxd.stop());

  test('all panels give what the points give, at several zooms', { timeout: 120_000 }, async () => {
    const raw = points['raw-requests'].length;
    assert.ok(raw > 900, `${raw} requests`);
    const empty = await examine(influxd, points, { fromMs, toMs });
    const half = { fromMs: Math.floor((fromMs + toMs) / 2), toMs };
    const emptyHalf = new Set(await examine(influxd, points, half));
    const never = [
      // Of very many requests.
      'raw-requests-overview / Routes / C',
      'raw-requests-overview / Throughput / B',
      'raw-requests-overview / Errors and aborts / D',
      'raw-requests-overview / Errors and aborts / E',
      'raw-requests-overview / Lost in delivery / B',
      // Of the period before, which may have none of the deleted ones.
      'raw-requests-overview / Missing / B',
      'raw-requests-delivery / Missing in the database / B',
      'raw-requests-delivery / Unaccounted for / A',
    ];
    assert.deepEqual(
      empty.filter((name) => emptyHalf.has(name) && !never.includes(name)),
      [],
    );
    const part = { fromMs: fromMs + 1234, toMs: toMs - 777 };
    await examine(influxd, points, part);
    await examine(influxd, points, {
      ...part,
      maxDataPoints: 3,
      chosen: { by: ['route'], a: ['/', '/broken'], b: ['/files/*path'] },
    });
    await examine(influxd, points, { fromMs: toMs - 250, toMs: toMs - 10 });
  });

  test('variables choose, whatever their values contain', { timeout: 60_000 }, async () => {
    const routes = [...new Set(points['raw-requests'].map(({ route }) => String(route)))];
    const ugly = routes.filter((route) => /[()*|?[\]^$]/.test(route));
    assert.equal(ugly.length, 2);
    for (const route of [ugly, [ugly[0]!], ['/tenants/:tenant/items/:item', '/missing']]) {
      await examine(influxd, points, { fromMs, toMs, chosen: { route, service: ['shop'] } });
    }
    const { process, hostname } = points['raw-requests'][0] as Record<string, string>;
    const chosen = { process: [process!], hostname: [hostname!], status: ['500', '404'], method: ['GET'] };
    await examine(influxd, points, { fromMs, toMs, chosen });
    await examine(influxd, points, { fromMs, toMs, chosen: { status: ['nothing'], process_type: ['cart'] } });
  });

  test('variables offer the values that there are', async () => {
    for (const { templating, uid } of Object.values(dashboards)) {
      for (const { name, query, type, hide } of templating.list) {
        if (type !== 'query' || hide !== 0) continue;
        if (name === 'by') {
          const [keys] = await ask(
            influxd.url,
            'requests',
            interpolate(dashboards[uid]!, query, { fromMs, toMs }),
          );
          const tags = [
            'hostname',
            'method',
            'outcome',
            'process',
            'route',
            'service',
            'status',
            'thread',
            'worker',
          ];
          assert.deepEqual(
            keys!.values.map(([key]) => key),
            tags,
          );
          continue;
        }
        const isGroup = name === 'a' || name === 'b';
        const tag = isGroup ? 'service' : name;
        const measurement = /FROM "([\w-]+)"/.exec(query)![1] as keyof Points;
        for (const service of [undefined, ['cart']]) {
          const view = { fromMs, toMs, chosen: { ...GROUPS, service } };
          const answer = await ask(influxd.url, 'requests', interpolate(dashboards[uid]!, query, view));
          const offered = answer.flatMap(({ values: rows }) => rows.map((row) => row[1]));
          const there = points[measurement].filter(
            (point) => tag === 'service' || service === undefined || service.includes(String(point.service)),
          );
          const wanted = new Set(there.flatMap((point) => (point[tag] == null ? [] : [point[tag]])));
          assert.deepEqual(offered.sort(), [...wanted].sort(), `${uid} ${name}`);
        }
      }
    }
  });

  test('annotations are the starts and stops of the processes that are chosen', async () => {
    const boot = { fromMs: fromMs - 60_000, toMs };
    for (const dashboard of Object.values(dashboards)) {
      const [starts, stops] = dashboard.annotations.list;
      for (const [chosen, processes] of [
        [{}, 3],
        [{ service: ['cart'] }, 1],
        [{ hostname: ['elsewhere'] }, 0],
      ] as const) {
        for (const [{ query, textColumn }, verb] of [
          [starts!, 'started'],
          [stops!, 'stopped'],
        ] as const) {
          const [series] = await ask(
            influxd.url,
            'requests',
            interpolate(dashboard, query, { ...boot, chosen }),
          );
          assert.equal(series?.values.length ?? 0, processes, `${dashboard.uid}: ${query}`);
          for (const row of series?.values ?? [])
            assert.match(
              String(row[series!.columns.indexOf(textColumn)]),
              new RegExp(`^\\w+ .*${verb} on .+, pid \\d+, Node`),
            );
        }
      }
    }
  });

  test('the missing are those that were deleted', async () => {
    const { panels } = dashboards['raw-requests-delivery']!;
    const { targets } = panels.find(({ title }) => title === 'Missing in the database')!;
    const query = interpolate(dashboards['raw-requests-delivery']!, targets![0]!.query, { fromMs, toMs });
    const [series] = await ask(influxd.url, 'requests', query);
    assert.equal(series!.values[0]![1], deleted);
  });

  test("the workshop's own queries run", async () => {
    const range = `time >= ${fromMs}ms and time <= ${toMs}ms`;
    const raw = points['raw-requests'];
    const ask1 = (query: string) => ask(influxd.url, 'requests', query);
    const all = (series: readonly Series[], column = 1) =>
      series
        .flatMap(({ values: rows }) => rows.map((row) => Number(row[column] ?? 0)))
        .reduce((a, b) => a + b, 0);
    const counted = await ask1(
      `SELECT count("application_time") FROM "raw-requests" WHERE ${range} GROUP BY time(1s) fill(0)`,
    );
    assert.equal(all(counted), raw.length);
    for (const of of ['mean("application_time")', 'percentile("application_time", 95)']) {
      const [series] = await ask1(
        `SELECT ${of} FROM "raw-requests" WHERE ${range} GROUP BY time(1s) fill(null)`,
      );
      assert.ok(series!.values.some((row) => Number(row[1]) > 0));
    }
    const total = (field: string) => values(points['request-metrics'], field).reduce((a, b) => a + b, 0);
    for (const [field, by] of [
      ['request_throughput', ''],
      ['capacity_utilization', ''],
      ['request_threads_active', ''],
      ['application_time_bucket', ', time_bucket'],
      ['queue_time_bucket', ', time_bucket'],
      ['server_time_bucket', ', time_bucket'],
      ['request_threads_bucket', ', thread_id'],
    ] as const) {
      const series = await ask1(
        `SELECT sum("${field}") FROM "request-metrics" WHERE ${range} GROUP BY time(1s)${by} fill(null)`,
      );
      assert.ok(Math.abs(all(series) - total(field)) < 1e-6 * total(field) + 1e-9, field);
    }
    for (const field of [
      'application_time',
      'queue_time',
      'cpu_user_time',
      'cpu_system_time',
      'memory_rss',
    ]) {
      const series = await ask1(
        `SELECT mean("${field}") FROM "request-metrics" WHERE ${range} GROUP BY time(1s) fill(null)`,
      );
      assert.ok(all(series) > 0, field);
    }
    for (const field of ['cpu', 'memory']) {
      const series = await ask1(
        `SELECT sum("${field}") FROM "process-info" WHERE ${range} GROUP BY time(1s), "process_type" fill(null)`,
      );
      assert.ok(series.length >= 2);
      const sum = values(points['process-info'], field).reduce((a, b) => a + b, 0);
      assert.ok(Math.abs(all(series) - sum) < 1e-6 * sum, field);
    }
  });
});

test('of many requests a sample is read and drawn, evenly, with the slowest of each interval and all that failed', {
  timeout: 240_000,
}, async (t) => {
  const influxd = await startInfluxd();
  t.after(() => influxd.stop());
  await influxd.query('CREATE DATABASE requests');
  const [MANY, BEFORE] = [30_000, 2000];
  const fromMs = 1_795_000_000_000;
  const lines: string[] = [];
  for (let i = -BEFORE; i < MANY; i++) {
    const process = (i + BEFORE) % 3;
    const status = i % 100 === 7 ? 500 : 200;
    const tags = `hostname=web,method=GET,outcome=finished,process=web:${process},route=/${(i + BEFORE) % 2},status=${status},thread=0,worker=0`;
    const seconds = ((i * 7919 + 10 * MANY) % MANY) / 1e5 + 0.001;
    lines.push(
      `raw-requests,${tags} application_time=${seconds},bytes_out=1i,in_flight=1i,sequence=${Math.floor((i + BEFORE) / 3) + 1}i,slot=${(i % 7) + 8}i ${fromMs + i}${String(process + 100).padStart(6, '0')}`,
    );
  }
  for (let at = 0; at < lines.length; at += 25_000) {
    const body = lines.slice(at, at + 25_000).join('\n');
    assert.equal((await fetch(`${influxd.url}/write?db=requests`, { method: 'POST', body })).status, 204);
  }
  const points = await pointsOf(influxd);
  const view = { fromMs, toMs: fromMs + MANY };
  const usesNumbers = (query: string) => query.includes(':raw}');
  const groups = { by: ['process'], a: ['web:0', 'web:2'], b: ['web:1'] };
  await examine(influxd, points, { ...view, chosen: groups }, usesNumbers);
  // As if there were so many that they are not counted one by one.
  await examine(influxd, points, { ...view, chosen: { ...groups, recorded: ['2000000'] } }, usesNumbers);

  const dashboard = dashboards['raw-requests-overview']!;
  const get = (query: string) => ask(influxd.url, 'requests', query);
  const seen = await withHidden(dashboard, view, get);
  const { targets } = panelsOf(dashboard).find(({ title }) => title.startsWith('Each of'))!;
  const [drawn] = await get(interpolate(dashboard, targets![0]!.query, seen));
  const column = (name: string) =>
    drawn!.values.filter((row) => row[drawn!.columns.indexOf(name)] !== null).map(([ms]) => Number(ms));
  const all = column('request');
  assert.ok(Math.abs(all.length - 20_000) < 300, `${all.length} dots`);
  // One row more has a value in each column, below what is drawn.
  assert.equal(column('failed').length, MANY / 100 + 1);
  assert.equal(column('slowest').length, MANY / 1000 + 1);
  // However regular the traffic is, each of its parts has its share of the dots.
  const drawnOf = new Map<number, number>();
  for (const ms of all) drawnOf.set(ms % 10, (drawnOf.get(ms % 10) ?? 0) + 1);
  for (const [route, number] of drawnOf)
    assert.ok(number > 1600 && number < 2400, `route ${route}: ${number}`);
});
