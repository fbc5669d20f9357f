import type { Draft, Json, PanelType, Target } from './model.ts';

/** A query, and what its series are called: a name, `$tag_…` or `$col`, the column's. */
export type Query = readonly [name: string, query: string];

/** What every panel says of itself. */
export interface About {
  readonly title: string;
  readonly description: string;
  readonly unit: string;
  readonly queries: readonly Query[];
  readonly min?: number;
  readonly max?: number;
  readonly decimals?: number;
  /** From where on a value is orange, and from where on red. */
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
 * What a process writes once a second comes a little early or late: some seconds have two of its points and some none, and
 * sums over processes would drop where nothing did. In two seconds there is one of each.
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

/** Lines over time; in the legend, the figures of what is seen. */
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

/** Bars over time, on top of each other; in Grafana 7.5, which cannot, in front of each other. */
export function bars(about: About): Draft {
  const stacking = { mode: 'normal', group: 'A' };
  return lines(about, { drawStyle: 'bars', fillOpacity: 60, lineWidth: 0, stacking });
}

/**
 * A dot per point. Of one query with one column only: Grafana joins several series on a time in milliseconds, and of those
 * that share one it keeps the last.
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

/** A figure: the last of a series, or the only one. */
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

/** The last interval's value; full scale is `max`, or the highest interval in sight. */
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
 * Counts by interval and bucket: each series is a bucket, named by its lower edge. The settings outside of `options` are
 * those of Grafana up to 8, which newer ones do not look at.
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

/** Rows and columns; several queries become one table by the columns that they share. */
export function table(
  about: About & {
    /** All columns in order; what is not named comes last. */
    readonly columns: readonly string[];
    readonly hide?: readonly string[];
    /** The column that it is sorted by, highest first. */
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

/** A colour of its own for a series. */
export const colored = (name: string, color: string): Json =>
  override(name, { color: { mode: 'fixed', fixedColor: color } });

function withDefaults(draft: Draft, defaults: Json): Draft {
  const { fieldConfig } = draft;
  return { ...draft, fieldConfig: { ...fieldConfig!, defaults: { ...fieldConfig!.defaults, ...defaults } } };
}
