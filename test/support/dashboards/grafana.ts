// What Grafana does to a dashboard's queries before it sends them, and to the answers, for the InfluxQL data source.
import type { Dashboard, Panel, Target, Variable } from '../../../src/dashboards/index.ts';

/** What is chosen by a variable: `undefined` is "All". */
export type Chosen = Readonly<Record<string, readonly string[] | undefined>>;

/** A time range and what is chosen. */
export interface View {
  readonly fromMs: number;
  readonly toMs: number;
  readonly chosen?: Chosen;
  /** How wide a panel is, in pixels: about one interval for each. */
  readonly maxDataPoints?: number;
  /** The panel's own. */
  readonly minIntervalMs?: number;
}

/** All panels, also those of closed rows. */
export const panelsOf = (dashboard: Dashboard): Panel[] =>
  dashboard.panels.flatMap((panel) => (panel.type === 'row' ? (panel.panels ?? []) : [panel]));

/** A panel's view: with its shortest interval, and its own number of intervals. */
export const viewOf = (view: View, { interval = '1s', maxDataPoints }: Panel): View => ({
  ...view,
  ...(maxDataPoints === undefined || view.maxDataPoints !== undefined
    ? {}
    : { maxDataPoints: Number(maxDataPoints) }),
  minIntervalMs: Number.parseInt(interval, 10) * 1000,
});

export interface Series {
  readonly tags?: Readonly<Record<string, string>>;
  readonly columns: readonly string[];
  readonly values: readonly (readonly (string | number | boolean | null)[])[];
}

/** Upper bound of what is rounded to each interval, ms; as in Grafana's `roundInterval`. */
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
  const { value: current } = Object(variable.current) as { value?: string };
  const values = value ?? (current === undefined ? [] : [current]);
  if (format === 'raw') return values.join(',');
  if (format === 'percentencode') return encodeURIComponent(values.join(',')).replaceAll("'", '%27');
  const escaped = values.map(escapeRegex);
  return escaped.length > 1 ? `(${escaped.join('|')})` : (escaped[0] ?? '');
}

/** The query as InfluxDB gets it. */
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

/** Asks as Grafana does: times in ms. */
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

/** What the hidden variables are in a view, and so the view that panels are asked in. */
export async function withHidden(
  dashboard: Dashboard,
  view: View,
  get: (query: string) => Promise<Series[]>,
): Promise<View> {
  const chosen: Record<string, readonly string[] | undefined> = { ...view.chosen };
  for (const variable of dashboard.templating.list) {
    const { name, type, hide, query } = variable;
    if (type !== 'query' || hide !== 2 || chosen[name] !== undefined) continue;
    const found = await get(interpolate(dashboard, query, { ...view, chosen }));
    // Of a row, Grafana takes the second column, and of that what the variable's regular expression captures.
    const regex = new RegExp(String(variable.regex).slice(1, -1));
    chosen[name] = found
      .flatMap(({ values }) => values.map((row) => regex.exec(String(row[1]))?.[1] ?? ''))
      .slice(0, 1);
  }
  return { ...view, chosen };
}

/** The name of a column of a series in a chart. */
export function seriesName({ alias = '' }: Target, { tags = {} }: Series, column: string): string {
  return alias.replace(/\$tag_(\w+)/g, (_, tag: string) => tags[tag] ?? '').replaceAll('$col', column);
}
