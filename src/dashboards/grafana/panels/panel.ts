import { COLORS } from '../colors.ts';
import type { Draft, Json, PanelType, Target } from '../model.ts';

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
  /** The values from which on it is a warning, and bad. In descending order, lower values are worse. */
  readonly thresholds?: readonly [warning: number, bad: number];
  /** What is shown where there is no value. */
  readonly noValue?: string;
  /** The most intervals, if there should be fewer than pixels. */
  readonly maxDataPoints?: number;
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

export function panel(
  type: PanelType,
  about: About,
  parts: { color?: Json; custom?: Json; options?: Json; table?: boolean; more?: Json },
): Draft {
  const {
    title,
    description,
    unit,
    queries,
    min,
    max,
    decimals,
    thresholds,
    noValue,
    overrides = [],
  } = about;
  const { maxDataPoints } = about;
  const { color = { mode: 'palette-classic' }, custom = {}, options, table = false, more = {} } = parts;
  return {
    type,
    title,
    description,
    datasource: '$datasource',
    interval: shortestInterval(queries),
    ...(maxDataPoints === undefined ? {} : { maxDataPoints }),
    targets: targets(queries, table ? 'table' : 'time_series'),
    fieldConfig: {
      defaults: {
        unit,
        color,
        custom,
        mappings: [],
        thresholds: { mode: 'absolute', steps: steps(thresholds) },
        ...(min === undefined ? {} : { min }),
        ...(max === undefined ? {} : { max }),
        ...(decimals === undefined ? {} : { decimals }),
        ...(noValue === undefined ? {} : { noValue }),
      },
      overrides,
    },
    ...(options === undefined ? {} : { options }),
    ...more,
  };
}

function steps(thresholds: readonly [number, number] | undefined): Json[] {
  if (thresholds === undefined) return [{ color: COLORS.fine, value: null }];
  const [warning, bad] = thresholds;
  if (warning > bad)
    return [
      { color: COLORS.bad, value: null },
      { color: COLORS.warning, value: bad },
      { color: COLORS.fine, value: warning },
    ];
  return [
    { color: COLORS.fine, value: null },
    ...(warning < bad ? [{ color: COLORS.warning, value: warning }] : []),
    { color: COLORS.bad, value: bad },
  ];
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
