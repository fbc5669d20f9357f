// Simulates Grafana's InfluxQL data source: the interpolation of queries, and the processing of results.
import type { Dashboard, Panel, Target, Variable } from '../../../src/dashboards/index.ts';

/** The selected values by variable. `undefined` is "All". */
export type Chosen = Readonly<Record<string, readonly string[] | undefined>>;

/** A time range and selected values. */
export interface View {
  readonly fromMs: number;
  readonly toMs: number;
  readonly chosen?: Chosen;
  /** The width of a panel in pixels, with about one interval per pixel. */
  readonly maxDataPoints?: number;
  /** The shortest interval of the panel. */
  readonly minIntervalMs?: number;
}

/** The view of a panel, with its shortest interval. */
export const viewOf = (view: View, { interval = '1s' }: Panel): View => ({
  ...view,
  minIntervalMs: Number.parseInt(interval, 10) * 1000,
});

export interface Series {
  readonly tags?: Readonly<Record<string, string>>;
  readonly columns: readonly string[];
  readonly values: readonly (readonly (string | number | boolean | null)[])[];
}

/** Upper bounds of the lengths that are rounded to each interval, ms, as in Grafana's `roundInterval`. */
const ROUNDED: readonly (readonly [below: number, interval: number])[] = [
  [15, 10],
  [35, 20],
  [75, 50],
  [150, 100],
  [350, 200],
  [750, 500],
  [1500, 1000],
  [3500, 2000],
  [7500, 5000],
  [12_500, 10_000],
  [17_500, 15_000],
  [25_000, 20_000],
  [45_000, 30_000],
  [90_000, 60_000],
  [210_000, 120_000],
  [450_000, 300_000],
  [750_000, 600_000],
];

/** `$__interval_ms` of a panel. */
export function intervalMs({ fromMs, toMs, maxDataPoints = 1000, minIntervalMs = 1000 }: View): number {
  const exact = (toMs - fromMs) / maxDataPoints;
  const rounded = ROUNDED.find(([below]) => exact < below)?.[1] ?? 3_600_000;
  return Math.max(minIntervalMs, rounded);
}

function intervalText(ms: number): string {
  return ms % 60_000 === 0 ? `${ms / 60_000}m` : ms % 1000 === 0 ? `${ms / 1000}s` : `${ms}ms`;
}

const escapeRegex = (value: string) => value.replace(/[\\^$*+?.()|[\]{}/]/g, '\\$&');

function textOf(
  variable: Variable,
  value: readonly string[] | undefined,
  format: string | undefined,
): string {
  if (value === undefined && variable.includeAll) {
    return variable.allValue ?? '';
  }
  const values = value ?? [];
  if (format === 'raw') return values.join(',');
  const escaped = values.map(escapeRegex);
  return escaped.length > 1 ? `(${escaped.join('|')})` : (escaped[0] ?? '');
}

/** The query that InfluxDB receives. */
export function interpolate(dashboard: Dashboard, query: string, view: View): string {
  const { fromMs, toMs, chosen = {} } = view;
  const builtIn: Readonly<Record<string, string>> = { __from: String(fromMs), __to: String(toMs) };
  const known = new Map(dashboard.templating.list.map((variable) => [variable.name, variable]));
  const ms = intervalMs(view);
  return query
    .replace(/\$(\w+)|\$\{(\w+)(?::(\w+))?\}/g, (text, plain, braced, format) => {
      const name: string = plain ?? braced;
      const variable = known.get(name);
      return builtIn[name] ?? (variable ? textOf(variable, chosen[name], format) : text);
    })
    .replaceAll('$timeFilter', `time >= ${fromMs}ms and time <= ${toMs}ms`)
    .replaceAll('$__interval_ms', String(ms))
    .replaceAll('$__interval', intervalText(ms));
}

/** Runs a query as Grafana does, with times in ms. */
export async function ask(url: string, database: string, query: string): Promise<Series[]> {
  const body = new URLSearchParams({ db: database, epoch: 'ms', q: query });
  const response = await fetch(`${url}/query`, {
    method: 'POST',
    body,
    signal: AbortSignal.timeout(120_000),
  });
  const answer = (await response.json()) as {
    error?: string;
    results?: { error?: string; series?: Series[] }[];
  };
  const error = answer.error ?? answer.results?.[0]?.error;
  if (error !== undefined) throw new Error(`${error}: ${query}`);
  return answer.results?.[0]?.series ?? [];
}

/** Adds the values of hidden variables to a view. */
export async function withHidden(
  dashboard: Dashboard,
  view: View,
  get: (query: string) => Promise<Series[]>,
): Promise<View> {
  const chosen: Record<string, readonly string[] | undefined> = { ...view.chosen };
  for (const { name, type, hide, query } of dashboard.templating.list) {
    if (type !== 'query' || hide !== 2) continue;
    const found = await get(interpolate(dashboard, query, { ...view, chosen }));
    // Grafana uses the second column of a row.
    chosen[name] = found.flatMap(({ values }) => values.map((row) => String(row[1]))).slice(0, 1);
  }
  return { ...view, chosen };
}

/** The name of a column of a series in a chart. */
export function seriesName({ alias = '' }: Target, { tags = {} }: Series, column: string): string {
  return alias.replace(/\$tag_(\w+)/g, (_, tag: string) => tags[tag] ?? '').replaceAll('$col', column);
}
