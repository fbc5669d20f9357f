import type { Draft, Json, PanelType, Target } from './model.ts';

/** A query, and the name of its series: text, `$tag_…` for the value of a tag, or `$col` for the column. */
export type Query = readonly [name: string, query: string];

/** Properties of every panel. */
export interface About {
  readonly title: string;
  readonly description: string;
  readonly unit: string;
  readonly queries: readonly Query[];
  readonly min?: number;
  readonly max?: number;
  readonly decimals?: number;
  /** The lowest values that are orange and red. */
  readonly thresholds?: readonly [number, number];
  /** Other units, colours and widths of single series or columns. */
  readonly overrides?: readonly Json[];
}

const REF_IDS = 'ABCDEFGH';

function targets(queries: readonly Query[], resultFormat: Target['resultFormat']): Target[] {
  return queries.map(([alias, query], i) => ({
    refId: REF_IDS[i]!,
    query,
    rawQuery: true,
    resultFormat,
    ...(resultFormat === 'table' ? {} : { alias }),
  }));
}

/**
 * The shortest interval of a panel. Points that a process writes once a second are a little early or late, so some
 * seconds have two of them and some none, and a sum over processes would drop. An interval of two seconds has at least
 * one.
 */
function shortestInterval(queries: readonly Query[]): string {
  return queries.every(([, query]) => query.includes('FROM "raw-requests"')) ? '1s' : '2s';
}

function panel(
  type: PanelType,
  about: About,
  parts: { color?: Json; custom?: Json; options?: Json; table?: boolean; more?: Json },
): Draft {
  const { title, description, unit, queries, min, max, decimals, thresholds, overrides = [] } = about;
  const { color = { mode: 'palette-classic' }, custom = {}, options, table = false, more = {} } = parts;
  const steps: Json[] = [{ color: 'green', value: null }];
  if (thresholds) {
    const [orange, red] = thresholds;
    if (orange < red) steps.push({ color: 'orange', value: orange });
    steps.push({ color: 'red', value: red });
  }
  return {
    type,
    title,
    description,
    datasource: '$datasource',
    interval: shortestInterval(queries),
    targets: targets(queries, table ? 'table' : 'time_series'),
    fieldConfig: {
      defaults: {
        unit,
        color,
        custom,
        mappings: [],
        thresholds: { mode: 'absolute', steps },
        ...(min === undefined ? {} : { min }),
        ...(max === undefined ? {} : { max }),
        ...(decimals === undefined ? {} : { decimals }),
      },
      overrides,
    },
    ...(options === undefined ? {} : { options }),
    ...more,
  };
}

const LINE = {
  drawStyle: 'line',
  lineInterpolation: 'linear',
  lineWidth: 1,
  fillOpacity: 10,
  gradientMode: 'none',
  showPoints: 'never',
  pointSize: 4,
  spanNulls: false,
  axisPlacement: 'auto',
  axisLabel: '',
  scaleDistribution: { type: 'linear' },
} as const;

/** Lines over time. The legend shows statistics of the visible range. */
export function lines(about: About, custom: Json = {}): Draft {
  return panel(
    'timeseries',
    { min: 0, ...about },
    {
      custom: { ...LINE, ...custom },
      options: {
        legend: { displayMode: 'list', placement: 'bottom', calcs: ['mean', 'max', 'lastNotNull'] },
        tooltipOptions: { mode: 'multi' },
      },
    },
  );
}

/** Stacked bars over time. Grafana 7.5 cannot stack, and draws them in front of each other. */
export function bars(about: About): Draft {
  const stacking = { mode: 'normal', group: 'A' };
  return lines(about, { drawStyle: 'bars', fillOpacity: 60, lineWidth: 0, stacking });
}

/**
 * A dot per point. Only for one query with one column: Grafana joins several series by their time in milliseconds, and
 * keeps only the last point of a millisecond.
 */
export function dots(about: About & { readonly queries: readonly [Query] }, scale: Json): Draft {
  return panel('timeseries', about, {
    color: { mode: 'fixed', fixedColor: 'blue' },
    custom: { ...LINE, drawStyle: 'points', pointSize: 3, fillOpacity: 0, scaleDistribution: scale },
    options: {
      legend: { displayMode: 'hidden', placement: 'bottom', calcs: [] },
      tooltipOptions: { mode: 'single' },
    },
  });
}

const reduce = (calc: string, fields = '') => ({ calcs: [calc], fields, values: false });

/** A single value: the last one of a series. */
export function stat(about: About, options: Json = {}): Draft {
  const draft = panel('stat', about, {
    color: { mode: 'thresholds' },
    options: {
      reduceOptions: reduce('lastNotNull'),
      orientation: 'auto',
      textMode: 'auto',
      colorMode: 'value',
      graphMode: 'none',
      justifyMode: 'auto',
      ...options,
    },
  });
  return withDefaults(draft, { noValue: '0' });
}

/** A gauge of the last interval's value. Its full scale is `max`, or else the highest visible interval. */
export function gauge(about: About): Draft {
  return panel(
    'gauge',
    { min: 0, ...about },
    {
      color: { mode: 'thresholds' },
      options: {
        reduceOptions: reduce('lastNotNull'),
        orientation: 'auto',
        showThresholdLabels: false,
        showThresholdMarkers: about.thresholds !== undefined,
      },
    },
  );
}

/** A bar for the value of each series. */
export function barGauge(about: About): Draft {
  return panel(
    'bargauge',
    { min: 0, ...about },
    {
      color: { mode: 'palette-classic' },
      options: {
        reduceOptions: reduce('lastNotNull'),
        orientation: 'horizontal',
        displayMode: 'basic',
        showUnfilled: true,
      },
    },
  );
}

/**
 * Counts by interval and bucket. Each series is a bucket, named by its lower bound. The settings outside of `options` are
 * for Grafana up to 8; newer versions ignore them.
 */
export function heatmap(about: About, rows: { unit: string; label: string }): Draft {
  return panel('heatmap', about, {
    custom: { scaleDistribution: { type: 'linear' } },
    options: {
      calculate: false,
      cellGap: 1,
      cellValues: { unit: about.unit },
      color: {
        mode: 'scheme',
        scheme: 'Spectral',
        exponent: 0.5,
        fill: 'dark-orange',
        scale: 'exponential',
        reverse: true,
        steps: 64,
      },
      exemplars: { color: 'rgba(255,0,255,0.7)' },
      filterValues: { le: 1e-9 },
      legend: { show: true },
      rowsFrame: { layout: 'ge' },
      tooltip: { show: true, yHistogram: false },
      yAxis: { axisPlacement: 'left', axisLabel: rows.label, reverse: false, unit: rows.unit },
    },
    more: {
      dataFormat: 'tsbuckets',
      yBucketBound: 'lower',
      reverseYBuckets: false,
      hideZeroBuckets: true,
      highlightCards: true,
      legend: { show: true },
      tooltip: { show: true, showHistogram: false },
      xAxis: { show: true },
      yAxis: { show: true, format: rows.unit, logBase: 1 },
      cards: { cardPadding: 1 },
      color: {
        mode: 'spectrum',
        colorScheme: 'interpolateSpectral',
        exponent: 0.5,
        cardColor: '#b4ff00',
        colorScale: 'sqrt',
      },
    },
  });
}

/** A table. Several queries are merged into one table by their common columns. */
export function table(
  about: About & {
    /** The columns in order. Others come last. */
    readonly columns: readonly string[];
    readonly hide?: readonly string[];
    /** The column to sort by, in descending order. */
    readonly sort: string;
  },
): Draft {
  const { columns, hide = [], sort, queries } = about;
  const draft = panel('table', about, {
    color: { mode: 'thresholds' },
    custom: { align: 'auto', displayMode: 'auto', filterable: true },
    options: { showHeader: true, sortBy: [{ displayName: sort, desc: true }] },
    table: true,
  });
  return {
    ...draft,
    transformations: [
      ...(queries.length > 1 ? [{ id: 'merge', options: {} }] : []),
      {
        id: 'organize',
        options: {
          excludeByName: Object.fromEntries(hide.map((name) => [name, true])),
          indexByName: Object.fromEntries(columns.map((name, i) => [name, i])),
          renameByName: {},
        },
      },
    ],
  };
}

/** Properties of a single series or column. */
export function override(name: string, properties: Json): Json {
  return {
    matcher: { id: 'byName', options: name },
    properties: Object.entries(properties).map(([id, value]) => ({ id, value })),
  };
}

/** Sets the colour of a series. */
export const colored = (name: string, color: string): Json =>
  override(name, { color: { mode: 'fixed', fixedColor: color } });

function withDefaults(draft: Draft, defaults: Json): Draft {
  const { fieldConfig } = draft;
  return { ...draft, fieldConfig: { ...fieldConfig!, defaults: { ...fieldConfig!.defaults, ...defaults } } };
}
