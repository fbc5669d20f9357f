// What Grafana's own code makes of the answers of a real InfluxDB, for each panel. `npm run test:grafana`
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type Influxd, startInfluxd } from '../../src/cli/demo/place/influxd.ts';
import { dashboards, type Panel } from '../../src/dashboards/index.ts';
import { ask, interpolate, panelsOf, type View, viewOf, withHidden } from '../support/dashboards/grafana.ts';
import { openShop } from '../support/dashboards/shop.ts';
import { type Field, type Frame, figures, framesOf, grafana, shown } from './library.ts';
import { typeErrors } from './types.ts';

const isPresent = (value: unknown) => value !== null && value !== undefined;
const present = ({ values }: Field) => values.filter(isPresent).length;
const named = (frame: Frame, name: string) => frame.fields.find((field) => field.name === name);

test('the dashboards have the types that Grafana publishes', () => {
  assert.equal(typeErrors(Object.values(dashboards)), '');
});

describe('of real traffic in a real InfluxDB', () => {
  let influxd: Influxd;
  let view: View;
  const panels: {
    readonly uid: string;
    readonly panel: Panel;
    readonly frames: Frame[];
    readonly raw: Frame[];
  }[] = [];
  const find = (uid: string, title: string) =>
    panels.find((one) => one.uid === uid && one.panel.title.startsWith(title))!;

  before(async () => {
    influxd = await startInfluxd();
    await influxd.query('CREATE DATABASE requests');
    const fromMs = Date.now() - 300;
    const shop = await openShop(influxd.url, ['shop', 'cart', '']);
    await shop.traffic(6, 100);
    await shop.finish();
    view = { fromMs, toMs: Date.now() + 300 };
    const get = (query: string) => ask(influxd.url, 'requests', query);
    for (const [uid, dashboard] of Object.entries(dashboards)) {
      const seen = await withHidden(dashboard, view, get);
      for (const panel of panelsOf(dashboard)) {
        const own = viewOf(seen, panel);
        const raw: Frame[] = [];
        for (const target of panel.targets ?? [])
          raw.push(...framesOf(target, await get(interpolate(dashboard, target.query, own))));
        panels.push({ uid, panel, raw, frames: await shown(panel, raw) });
      }
    }
  });
  after(() => influxd.stop());

  test('each table has one row for each route, process or thread, with all its columns', () => {
    for (const [uid, title, keys] of [
      ['raw-requests-overview', 'Routes', ['route']],
      ['raw-requests-overview', 'Processes', ['process']],
      ['raw-requests-delivery', 'Processes', ['process', 'thread']],
      ['raw-requests-processes', 'Each process', ['process_type', 'hostname', 'pid']],
    ] as const) {
      const { frames } = find(uid, title);
      assert.equal(frames.length, 1, title);
      const [frame] = frames as [Frame];
      const rows = Array.from({ length: frame.length }, (_, i) =>
        keys.map((key) => named(frame, key)!.values[i]).join(' '),
      );
      assert.equal(new Set(rows).size, rows.length, `${title}: ${rows.join(', ')}`);
      assert.ok(rows.length >= 3, title);
      assert.equal(named(frame, 'Time'), undefined, title);
      for (const field of frame.fields)
        if (!['errors', 'aborted', 'lost'].includes(field.name))
          assert.equal(present(field), rows.length, `${title}: ${field.name}`);
    }
    const [routes] = find('raw-requests-overview', 'Routes').frames as [Frame];
    for (const name of ['time spent', 'requests', 'p50', 'p95', 'p99', 'slowest', 'errors', 'aborted'])
      assert.ok(present(named(routes, name)!) > 0, name);
  });

  test('each column of a table is one that the panel knows', () => {
    for (const { panel, frames } of panels.filter(({ panel: { type } }) => type === 'table')) {
      const [{ options }] = panel.transformations!.slice(-1) as [{ options: { indexByName: object } }];
      for (const { name } of frames[0]!.fields)
        assert.ok(name in options.indexByName, `${panel.title}: ${name}`);
    }
  });

  test('no point is lost where Grafana joins series', () => {
    for (const { uid, panel, frames } of panels.filter(({ panel: { type } }) => type === 'timeseries')) {
      if (frames.length === 0) continue;
      const joined = grafana.outerJoinDataFrames({ frames });
      const count = (all: readonly Frame[]) =>
        all.reduce(
          (sum, { fields }) =>
            sum + fields.filter(({ type }) => type === 'number').reduce((n, field) => n + present(field), 0),
          0,
        );
      assert.equal(count([joined!]), count(frames), `${uid}: ${panel.title}`);
    }
  });

  test('dots are one series, without a column that is empty', () => {
    for (const title of ['Each of $requests requests', 'Each request by slot']) {
      const { frames } = find('raw-requests-overview', title);
      assert.equal(frames.length, 1, title);
      for (const field of frames[0]!.fields) assert.ok(present(field) > 0, `${title}: ${field.name}`);
      const times = frames[0]!.fields[0]!.values as number[];
      assert.ok(
        times.every((time, i) => i === 0 || time >= times[i - 1]!),
        'in the order of time',
      );
    }
  });

  test('each figure is a number with its unit, or says that it is not known', () => {
    for (const { uid, panel, frames } of panels.filter(
      ({ panel: { type } }) => type === 'stat' || type === 'gauge',
    )) {
      const texts = figures(panel, frames);
      assert.ok(texts.length > 0, `${uid}: ${panel.title}`);
      for (const text of texts)
        assert.match(text, /^(-|not known|.+ ago|-?[\d,.]+ ?(%|[a-zA-Zµ/]+)?.*)$/, `${uid}: ${panel.title}`);
    }
    const errors = figures(
      find('raw-requests-overview', 'Errors').panel,
      find('raw-requests-overview', 'Errors').frames,
    );
    assert.match(errors[0]!, /^\d+(\.\d+)?%$/);
    assert.match(
      figures(find('raw-requests-overview', 'p95').panel, find('raw-requests-overview', 'p95').frames)[0]!,
      /^[\d.]+ (µs|ms|s)$/,
    );
  });

  test('each unit is one of Grafana', () => {
    const units = new Set(
      grafana.getValueFormats().flatMap(({ submenu }) => submenu.map(({ value }) => value)),
    );
    for (const { panel, frames } of panels)
      for (const { fields } of frames)
        for (const { config } of fields)
          if (config.unit !== undefined) assert.ok(units.has(config.unit), `${panel.title}: ${config.unit}`);
  });
});
