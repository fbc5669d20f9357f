import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { FIRST_UID, readDashboards } from '../../src/cli/grafana/resources/dashboards.ts';
import { FOLDER_TITLE, FOLDER_UID } from '../../src/cli/grafana/resources/folder.ts';
import { checkNames, slug } from '../../src/cli/grafana/resources/names.ts';
import { dashboards, type Panel } from '../../src/dashboards/index.ts';
import { panelsOf } from '../support/dashboards/grafana.ts';

const folder = new URL('../../../dashboards/', import.meta.url);

/** Functions that InfluxDB 1.x, 2.x and 3.x have. */
const FUNCTIONS = new Set([
  ...['count', 'first', 'last', 'max', 'mean', 'min', 'percentile', 'sum', 'top', 'time', 'fill'],
  ...['non_negative_derivative', 'non_negative_difference'],
]);
/** What comes before a bracket and is no function. */
const KEYWORDS = new Set(['AND', 'FROM', 'OR', 'SELECT', 'WHERE']);
/** What InfluxDB 3.x does not have. */
const MISSING_IN_3 = /\b(SAMPLE|SLIMIT|SOFFSET|SHOW SERIES|HOLT_WINTERS|INTO|MOVING_AVERAGE)\b/i;
/** Grafana's names; there is no error for a wrong one, only a unit that is called so. */
const UNITS = new Set([
  'Bps',
  'bytes',
  'dateTimeFromNow',
  'dtdurations',
  'locale',
  'none',
  'percent',
  'percentunit',
  'reqps',
  's',
  'short',
]);
const MACROS = ['__from', '__to', '__interval', '__interval_ms', 'timeFilter'];

function overlaps({ gridPos: a }: Panel, { gridPos: b }: Panel): boolean {
  return a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
}

/** Names of variables in a text. */
const used = (text: string) => [...text.matchAll(/\$\{?(\w+)/g)].map(([, name]) => name!);

/** Without texts, names and regular expressions. */
function bare(query: string): string {
  return query.replace(/"[^"]*"|'[^']*'|(?<=~ )\/(?:\\.|[^/])*\//g, '_');
}

describe('the dashboards', () => {
  test('are those in dashboards/: run `npm run dashboards` when their source has changed', () => {
    const files = readdirSync(folder).sort();
    assert.deepEqual(
      files,
      Object.keys(dashboards)
        .map((uid) => `${uid}.json`)
        .sort(),
    );
    for (const [uid, dashboard] of Object.entries(dashboards)) {
      const json = readFileSync(new URL(`${uid}.json`, folder), 'utf8');
      assert.equal(json, `${JSON.stringify(dashboard, null, 2)}\n`, uid);
    }
  });

  test('have addresses that stay', () => {
    assert.deepEqual(Object.keys(dashboards), [
      'raw-requests-overview',
      'raw-requests-metrics',
      'raw-requests-processes',
      'raw-requests-delivery',
      'raw-requests-compare',
    ]);
    assert.ok(FIRST_UID in dashboards);
    for (const [uid, dashboard] of Object.entries(dashboards)) {
      assert.equal(dashboard.uid, uid);
      assert.equal(dashboard.schemaVersion, 27);
      assert.ok(!('id' in dashboard), 'an id is of one Grafana only');
    }
  });

  test('share no uid and no title with each other, with their folder, or with what the workshop installs', () => {
    const all = readDashboards(undefined);
    checkNames(all, FOLDER_TITLE);
    const theirs = ['raw-requests', 'request-metrics', 'process-info'];
    const ours = [...all, { uid: FOLDER_UID, title: FOLDER_TITLE }];
    for (const { uid, title } of ours) {
      assert.match(uid, /^raw-requests-[a-z]+$/);
      assert.ok(!theirs.includes(slug(title)), title);
    }
    const named = (uid: string, title: string) => ({ uid, title });
    for (const wrong of [
      [named(FOLDER_UID, 'A')],
      [named('a', FOLDER_TITLE.toUpperCase())],
      [named('a', 'A'), named('a', 'B')],
      [named('a', 'One Title'), named('b', 'one-title')],
    ])
      assert.throws(() => checkNames(wrong, FOLDER_TITLE), /^CliError: Expected (uids|titles) to differ/);
    checkNames([named('a', FOLDER_TITLE)], undefined);
  });
});

for (const [uid, dashboard] of Object.entries(dashboards)) {
  describe(`the dashboard ${uid}`, () => {
    const panels = panelsOf(dashboard);
    const variables = dashboard.templating.list;

    test('has panels that do not overlap, with ids, titles and descriptions of their own', () => {
      const rows = dashboard.panels.filter(({ type }) => type === 'row');
      const ids = [...panels, ...rows].map(({ id }) => id);
      assert.equal(new Set(ids).size, ids.length);
      assert.equal(new Set(panels.map(({ title }) => title)).size, panels.length);
      for (const { panels: inside = [], collapsed } of rows) assert.equal(inside.length > 0, collapsed);
      for (const panel of [...rows, ...panels]) {
        const { x, y, w, h } = panel.gridPos;
        assert.ok(
          [x, y, w, h].every(Number.isInteger) && x >= 0 && w > 0 && h > 0 && x + w <= 24,
          panel.title,
        );
        const beside = dashboard.panels.find(({ panels: inside }) => inside?.includes(panel))?.panels;
        for (const other of beside ?? dashboard.panels)
          assert.ok(other === panel || !overlaps(panel, other), `${panel.title}, ${other.title}`);
      }
      for (const { title, description = '' } of panels) assert.match(description, /^\S.{20,}\.$/, title);
    });

    test('asks the data source that is chosen, and no other', () => {
      for (const { title, datasource, targets = [] } of panels) {
        assert.equal(datasource, '$datasource', title);
        assert.ok(targets.length > 0, title);
        assert.equal(new Set(targets.map(({ refId }) => refId)).size, targets.length, title);
        for (const target of targets) assert.equal(target.rawQuery, true);
      }
      for (const { type, datasource } of variables)
        assert.equal(datasource, type === 'query' ? '$datasource' : undefined);
    });

    test('has units, and legends where there are several series', () => {
      for (const { title, type, fieldConfig, options = {}, targets = [] } of panels) {
        const units = [
          fieldConfig!.defaults.unit,
          ...fieldConfig!.overrides.flatMap(({ properties }) =>
            (properties as { id: string; value: unknown }[]).flatMap(({ id, value }) =>
              id === 'unit' ? [value] : [],
            ),
          ),
        ];
        for (const unit of units) assert.ok(UNITS.has(String(unit)), `${title}: ${unit}`);
        const several = targets.length > 1 || targets.some(({ alias = '' }) => alias.includes('$'));
        if (type === 'timeseries' && several)
          assert.equal((options.legend as { displayMode: string }).displayMode, 'list', title);
        for (const { alias, resultFormat } of targets)
          assert.equal(alias === undefined, resultFormat === 'table', title);
        // Grafana draws nothing on a logarithmic axis that begins at 0.
        const { scaleDistribution } = Object(fieldConfig!.defaults.custom);
        if (scaleDistribution?.type === 'log') assert.notEqual(fieldConfig!.defaults.min, 0, title);
      }
    });

    test('shows what is written once a second in intervals that have it', () => {
      for (const { title, interval, targets } of panels) {
        const raw = targets!.every(({ query }) => query.includes('FROM "raw-requests"'));
        assert.equal(interval, raw ? '1s' : '2s', title);
      }
    });

    test('draws single requests from one query with one series, of which Grafana loses none', () => {
      for (const { title, targets, fieldConfig } of panels) {
        if ((fieldConfig!.defaults.custom as { drawStyle?: string }).drawStyle !== 'points') continue;
        assert.equal(targets!.length, 1, title);
        // A table is one series.
        assert.equal(targets![0]!.resultFormat, 'table');
      }
    });

    test('marks starts and stops of processes, with what Grafana 7.5 makes an annotation of', () => {
      const { list } = dashboard.annotations;
      assert.deepEqual(
        list.map(({ name, enable, datasource }) => [name, enable, datasource]),
        ['Starts', 'Stops'].map((name) => [name, true, '$datasource']),
      );
      for (const { query, textColumn, tagsColumn } of list) {
        const columns = /^SELECT (.*) FROM "process-event"/.exec(query)![1]!.replaceAll('"', '').split(', ');
        // A third column would become the title.
        assert.deepEqual(columns, [textColumn, tagsColumn]);
        assert.equal(query.split('$timeFilter').length, 2, 'Grafana replaces only the first one');
      }
    });

    test('has queries for all generations of InfluxDB', () => {
      const queries = [
        ...panels.flatMap(({ title, targets = [] }) => targets.map(({ query }) => [title, query] as const)),
        ...variables.flatMap(({ name, type, query }) => (type === 'query' ? [[name, query] as const] : [])),
      ];
      queries.push(...dashboard.annotations.list.map(({ name, query }) => [name, query] as const));
      const known = new Set([...MACROS, ...variables.map(({ name }) => name)]);
      for (const [name, query] of queries) {
        assert.doesNotMatch(query, MISSING_IN_3, name);
        // Each level has a time range: without one, the whole database is read.
        const [levels, ranges] = [/SELECT/g, /WHERE (\$timeFilter|time >= )/g].map(
          (pattern) => query.match(pattern)?.length ?? 0,
        );
        if (levels! > 0) assert.equal(ranges, levels, name);
        // Grafana up to 9 replaces only the first one in a variable.
        if (query === variables.find((variable) => variable.name === name)?.query)
          assert.ok(query.split('$timeFilter').length <= 2, name);
        for (const variable of used(query)) assert.ok(known.has(variable), `${name}: ${variable}`);
        const text = bare(query);
        assert.equal(text.split('(').length, text.split(')').length, name);
        for (const [, word] of text.matchAll(/(\w+) ?\(/g)) {
          assert.ok(FUNCTIONS.has(word!) || KEYWORDS.has(word!), `${name}: ${word}`);
        }
        // What changes with the zoom is a rate or an average.
        if (query.includes('GROUP BY time(')) assert.match(query, /\$__interval\b/);
      }
    });

    test('uses all its variables, and none that it does not have', () => {
      const text = JSON.stringify(dashboard);
      const names = new Set(used(text));
      for (const { name } of variables) assert.ok(names.has(name), name);
      for (const { name, multi, includeAll, hide } of variables.filter(({ type }) => type === 'query')) {
        // A group that is compared is of certain values, and a tag is one.
        if (['by', 'a', 'b'].includes(name)) assert.deepEqual([multi, includeAll], [name !== 'by', false]);
        else assert.equal(multi && includeAll, hide === 0, name);
      }
    });
  });
}
