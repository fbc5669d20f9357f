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

export type Measurement = 'raw-requests' | 'request-metrics' | 'process-info' | 'delivery';

/** The conditions of each measurement. */
const FILTERS: Readonly<Record<Measurement, readonly string[]>> = {
  'raw-requests': [SERVICE, ...['hostname', 'process', 'route', 'method', 'status'].map(chosen)],
  'request-metrics': [SERVICE, chosen('hostname'), chosen('process')],
  'process-info': [SERVICE, chosen('hostname'), chosen('process_type')],
  delivery: [SERVICE, chosen('hostname'), chosen('process')],
};

interface Options {
  /** An additional condition. */
  readonly where?: string;
  /** The variables to filter by, if not all of them. */
  readonly by?: readonly string[];
  /** Tags to group by. */
  readonly group?: readonly string[];
  readonly end?: string;
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
  const { group = [], end } = options;
  const by = group.length === 0 ? '' : `GROUP BY ${names(group).join(', ')}`;
  return text('SELECT', columns, from(measurement, '$timeFilter', options), by, end);
}

/** A query per interval, and per value of the tags in `group`. */
export function series(measurement: Measurement, columns: string, options: Options = {}): string {
  const { group = [], end } = options;
  const by = ['time($__interval)', ...names(group)].join(', ');
  return text('SELECT', columns, from(measurement, WHOLE_INTERVALS, options), `GROUP BY ${by}`, end);
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
  const { group = [], ...rest } = options;
  const query = total(measurement, inner, { ...rest, group: [...THREADS, ...group] });
  const by = group.length === 0 ? '' : `GROUP BY ${names(group).join(', ')}`;
  return text('SELECT', outer, `FROM (${query})`, by);
}

/** The number of values of a field per second, correct for any interval. */
export const perSecond = (field: string): string => `count("${field}") * 1000 / $__interval_ms`;

/** If the time range has more requests, only a sample is drawn. */
export const MAX_DOTS = 20_000;
/** The number of slowest requests, which are always in the sample. */
export const SLOWEST = 100;

/** A prime and its golden section: multiples of one modulo the other are spread evenly, whatever pattern the traffic has. */
const [STEP, PRIME] = [618_034, 1_000_003];

/**
 * The condition for requests that are drawn: all requests if there are few, else a sample. It is computed from
 * `sequence`, so it works in each generation of InfluxDB, and each refresh draws the same requests. The leading zero keeps
 * the query valid while a variable is empty.
 */
export const DRAWN: string =
  `("sequence" * ${STEP} % ${PRIME} * 0\${requests:raw} < ${MAX_DOTS * PRIME}` +
  ` OR "application_time" >= 0\${slow:raw})`;

/** The queries of hidden variables that {@link DRAWN} uses. */
export const REQUESTS: string = total('raw-requests', 'count("application_time")');
export const SLOW: string = `SELECT min("top") FROM (${total('raw-requests', `top("application_time", ${SLOWEST}) AS "top"`)})`;

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

/** The condition for errors and aborts: status 5xx, or not answered completely. */
export const FAILED = `("status" =~ /^5/ OR "outcome" !~ /^(finished|upgraded)$/)`;

export function tagValues(measurement: Measurement, tag: string, by: readonly string[]): string {
  const conditions = ['$timeFilter', ...(by.includes('service') ? [SERVICE] : [])];
  for (const other of by) if (other !== 'service') conditions.push(chosen(other));
  return `SHOW TAG VALUES FROM "${measurement}" WITH KEY = "${tag}" WHERE ${conditions.join(' AND ')}`;
}
