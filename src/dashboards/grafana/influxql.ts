/**
 * InfluxQL queries for InfluxDB 1.x, 2.x and 3.x, without `SAMPLE`, `SLIMIT` and other features that 3.x lacks.
 * `$__from`, `$__to`, `$__interval`, `$__interval_ms` and `$timeFilter` are macros of Grafana.
 */

/**
 * The intervals that are entirely in the time range. The first and the last interval are usually cut by it, so their
 * counts would look like a rise and a drop that did not happen.
 */
export const WHOLE_INTERVALS: string =
  '$timeFilter' +
  ' AND time >= ($__from - 1 + $__interval_ms - ($__from - 1) % $__interval_ms) * 1000000' +
  ' AND time < ($__to - $__to % $__interval_ms) * 1000000';

/** A condition: the tag has a value that the variable of the same name selects. */
const chosen = (tag: string) => `"${tag}" =~ /^$${tag}$/`;

/** Points may have no tag `service`. So "All" adds a condition on another tag, and the brackets enclose both. */
const SERVICE = `(${chosen('service')})`;

export type Measurement = 'raw-requests' | 'request-metrics' | 'process-info' | 'process-event' | 'delivery';

/** The conditions of each measurement. */
const FILTERS: Readonly<Record<Measurement, readonly string[]>> = {
  'raw-requests': [SERVICE, ...['hostname', 'process', 'route', 'method', 'status'].map(chosen)],
  'request-metrics': [SERVICE, chosen('hostname'), chosen('process')],
  'process-info': [SERVICE, chosen('hostname'), chosen('process_type')],
  'process-event': [SERVICE, chosen('hostname')],
  delivery: [SERVICE, chosen('hostname'), chosen('process')],
};

/** The time range, for variables: in these, Grafana up to 9 replaces `$timeFilter` only once. */
export const RANGE: string = 'time >= $__from * 1000000 AND time <= $__to * 1000000';

/** The period before the time range, of the same length. */
export const BEFORE: string = 'time >= (2 * $__from - $__to) * 1000000 AND time < $__from * 1000000';

export interface Options {
  /** An additional condition. */
  readonly where?: string;
  /** The variables to filter by, if not all of them. */
  readonly by?: readonly string[];
  /** Tags to group by. */
  readonly group?: readonly string[];
  readonly end?: string;
  /** The time range, if not the one that is chosen. */
  readonly time?: string;
}

function from(measurement: Measurement, time: string, { where, by }: Options): string {
  const filters = by ? [SERVICE, ...by.map(chosen)] : FILTERS[measurement];
  const conditions = [time, ...filters, ...(where === undefined ? [] : [where])];
  return `FROM "${measurement}" WHERE ${conditions.join(' AND ')}`;
}

const names = (tags: readonly string[]) => tags.map((tag) => `"${tag}"`);

function text(...parts: (string | undefined)[]): string {
  return parts.filter((part) => part).join(' ');
}

/** A query over the whole time range, with a row for each value of the tags in `group`. */
export function total(measurement: Measurement, columns: string, options: Options = {}): string {
  const { group = [], end, time = '$timeFilter' } = options;
  const by = group.length === 0 ? '' : `GROUP BY ${names(group).join(', ')}`;
  return text('SELECT', columns, from(measurement, time, options), by, end);
}

/** A query over the results of others. Each must have all columns: InfluxDB computes with no others. */
export function over(columns: string, sources: readonly string[], options: Options = {}): string {
  const { group = [], time = '$timeFilter', where, end } = options;
  const by = group.length === 0 ? '' : `GROUP BY ${names(group).join(', ')}`;
  const conditions = where === undefined ? time : `${time} AND ${where}`;
  return text(
    'SELECT',
    columns,
    `FROM ${sources.map((source) => `(${source})`).join(', ')}`,
    'WHERE',
    conditions,
    by,
    end,
  );
}

/** A query per interval, and per value of the tags in `group`. */
export function series(measurement: Measurement, columns: string, options: Options = {}): string {
  const { group = [], end } = options;
  const by = ['time($__interval)', ...names(group)].join(', ');
  return text('SELECT', columns, from(measurement, WHOLE_INTERVALS, options), `GROUP BY ${by}`, end);
}

/** The same per interval; intervals without a value are left out, if not said otherwise. */
export function overSeries(
  columns: string,
  sources: readonly string[],
  { group = [], end = 'fill(none)' }: Options = {},
): string {
  const by = ['time($__interval)', ...names(group)].join(', ');
  const from = sources.map((source) => `(${source})`).join(', ');
  return text('SELECT', columns, `FROM ${from} WHERE ${WHOLE_INTERVALS} GROUP BY ${by}`, end);
}

/** The tags that identify a thread of a process. */
export const THREADS: readonly string[] = ['process', 'thread'];

/** A query per interval over all processes: `outer` is applied to the results of `inner` for each thread, or each point. */
export function seriesOf(
  measurement: Measurement,
  outer: string,
  inner: string,
  options: Options & { each?: readonly string[] | 'point' } = {},
): string {
  const { group = [], each = THREADS, end, ...rest } = options;
  const query =
    each === 'point'
      ? text('SELECT', inner, from(measurement, WHOLE_INTERVALS, rest))
      : series(measurement, inner, { ...rest, group: [...each, ...group] });
  const by = ['time($__interval)', ...names(group)].join(', ');
  return text('SELECT', outer, `FROM (${query}) WHERE ${WHOLE_INTERVALS} GROUP BY ${by}`, end);
}

/** The same over the whole time range. */
export function totalOf(
  measurement: Measurement,
  outer: string,
  inner: string,
  options: Options = {},
): string {
  const { group = [], time, ...rest } = options;
  const at = time === undefined ? {} : { time };
  return over(outer, [total(measurement, inner, { ...rest, ...at, group: [...THREADS, ...group] })], {
    group,
    ...at,
  });
}

/** The number of values of a field per second, correct for any interval. */
export const perSecond = (field: string): string => `count("${field}") * 1000 / $__interval_ms`;

/**
 * Conditions for numeric order: InfluxDB sorts tag values as text, with 10 before 2. Two queries, first for values with
 * one digit and then for those with two, give the numeric order.
 */
const inOrder = (tag: string): readonly string[] => [
  `"${tag}" =~ /^[0-9](\\.|$)/`,
  `"${tag}" =~ /^[0-9][0-9]/`,
];
export const BUCKETS_IN_ORDER: readonly string[] = inOrder('time_bucket');
export const RANKS_IN_ORDER: readonly string[] = inOrder('thread_id');

/** Outcomes of requests that were not answered completely. Points of other writers may have no outcome, which is none of these. */
const LOST_OUTCOMES = ['aborted', 'rejected', 'unfinished'] as const;

/** The condition for requests that were answered completely, as far as is known. */
export const ANSWERED: string = `"outcome" !~ /^(${LOST_OUTCOMES.join('|')})$/`;
/** The condition for errors and aborts: status 5xx, or not answered completely. */
export const FAILED: string = `("status" =~ /^5/ OR "outcome" =~ /^(${LOST_OUTCOMES.join('|')})$/)`;

/** The condition for requests that have a response time: that of a WebSocket is the time for which it was open. */
export const NO_UPGRADE: string = `"outcome" != 'upgraded'`;

/** How many requests of a thread were lost in delivery. */
export const LOST: string = ['dropped', 'unknown', 'rejected']
  .map((field) => `last("${field}") - first("${field}")`)
  .join(' + ');

/** The most values of a tag that a variable offers. */
const MAX_VALUES = 1000;

/** The condition for a group of the dashboard that compares two. */
export const inGroup = (name: 'a' | 'b'): string => `"$\{by:raw}" =~ /^$${name}$/`;
export const TAG_KEYS = 'SHOW TAG KEYS FROM "raw-requests" WHERE $timeFilter';
export const GROUP_VALUES: string = `SHOW TAG VALUES FROM "raw-requests" WITH KEY = "$\{by:raw}" WHERE $timeFilter LIMIT ${MAX_VALUES}`;

export function tagValues(measurement: Measurement, tag: string, by: readonly string[]): string {
  const conditions = ['$timeFilter', ...(by.includes('service') ? [SERVICE] : [])];
  for (const other of by) if (other !== 'service') conditions.push(chosen(other));
  return `SHOW TAG VALUES FROM "${measurement}" WITH KEY = "${tag}" WHERE ${conditions.join(' AND ')} LIMIT ${MAX_VALUES}`;
}
