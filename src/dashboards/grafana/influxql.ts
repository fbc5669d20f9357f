/**
 * InfluxQL that InfluxDB 1.x, 2.x and 3.x understand: without `SAMPLE`, `SLIMIT` and what else 3.x lacks.
 * `$__from`, `$__to`, `$__interval`, `$__interval_ms` and `$timeFilter` are Grafana's.
 */

/**
 * Of the time range, the intervals that lie in it as a whole. The first and the last one seldom do; counted by what is
 * seen of them, they would look like a rise and a drop that did not happen.
 */
export const WHOLE_INTERVALS: string =
  '$timeFilter' +
  ' AND time >= ($__from - 1 + $__interval_ms - ($__from - 1) % $__interval_ms) * 1000000' +
  ' AND time < ($__to - $__to % $__interval_ms) * 1000000';

/** Chosen by a variable of the same name. */
const chosen = (tag: string) => `"${tag}" =~ /^$${tag}$/`;

/** The tag `service` need not be there, so it is in brackets, for the value of "All" to say something about another. */
const SERVICE = `(${chosen('service')})`;

export type Measurement = 'raw-requests' | 'request-metrics' | 'process-info' | 'delivery';

/** Which points of each measurement. */
const FILTERS: Readonly<Record<Measurement, readonly string[]>> = {
  'raw-requests': [SERVICE, ...['hostname', 'process', 'route', 'method', 'status'].map(chosen)],
  'request-metrics': [SERVICE, chosen('hostname'), chosen('process')],
  'process-info': [SERVICE, chosen('hostname'), chosen('process_type')],
  delivery: [SERVICE, chosen('hostname'), chosen('process')],
};

interface Options {
  /** Further conditions. */
  readonly where?: string;
  /** Only those of the variables, where it makes no sense to choose by all of them. */
  readonly by?: readonly string[];
  /** Tags. */
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

/** Over the whole time range; a row for each value of the tags in `group`. */
export function total(measurement: Measurement, columns: string, options: Options = {}): string {
  const { group = [], end } = options;
  const by = group.length === 0 ? '' : `GROUP BY ${names(group).join(', ')}`;
  return text('SELECT', columns, from(measurement, '$timeFilter', options), by, end);
}

/** By interval, and by the tags in `group`. */
export function series(measurement: Measurement, columns: string, options: Options = {}): string {
  const { group = [], end } = options;
  const by = ['time($__interval)', ...names(group)].join(', ');
  return text('SELECT', columns, from(measurement, WHOLE_INTERVALS, options), `GROUP BY ${by}`, end);
}

/** What tells processes and their threads apart. */
export const THREADS: readonly string[] = ['process', 'thread'];

/** By interval, over processes: `outer` of what `inner` gives for each of them, or for each point where it is no function. */
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

/** Over the whole time range and processes. */
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

/** `count` of a field as a rate per second, right at any zoom. */
export const perSecond = (field: string): string => `count("${field}") * 1000 / $__interval_ms`;

/** More requests than this in a time range, and their dots are a sample. */
export const MOST_DOTS = 20_000;
/** So many of the slowest are always among them. */
export const SLOWEST = 100;

/** Golden section of a prime: the multiples of one modulo the other are spread evenly, whatever repeats in the traffic. */
const [STEP, PRIME] = [618_034, 1_000_003];

/**
 * Requests that are drawn. By their `sequence`, so that no generation of InfluxDB has to know how to sample, the
 * same request is drawn at every refresh, and all of them while they are few. The zero in front keeps the text valid while
 * a variable is empty.
 */
export const DRAWN: string =
  `("sequence" * ${STEP} % ${PRIME} * 0\${requests:raw} < ${MOST_DOTS * PRIME}` +
  ` OR "application_time" >= 0\${slow:raw})`;

/** Hidden variables that {@link DRAWN} needs. */
export const REQUESTS: string = total('raw-requests', 'count("application_time")');
export const SLOW: string = `SELECT min("top") FROM (${total('raw-requests', `top("application_time", ${SLOWEST}) AS "top"`)})`;

/**
 * Values of a tag come in the order of texts, in which 10 is before 2. Asked for one after the other, those with one digit
 * and those with two are in the order of numbers.
 */
const inOrder = (tag: string): readonly string[] => [
  `"${tag}" =~ /^[0-9](\\.|$)/`,
  `"${tag}" =~ /^[0-9][0-9]/`,
];
export const BUCKETS_IN_ORDER: readonly string[] = inOrder('time_bucket');
export const RANKS_IN_ORDER: readonly string[] = inOrder('thread_id');

/** Requests that were not answered as they should have been. */
export const FAILED = `("status" =~ /^5/ OR "outcome" !~ /^(finished|upgraded)$/)`;

export function tagValues(measurement: Measurement, tag: string, by: readonly string[]): string {
  const conditions = ['$timeFilter', ...(by.includes('service') ? [SERVICE] : [])];
  for (const other of by) if (other !== 'service') conditions.push(chosen(other));
  return `SHOW TAG VALUES FROM "${measurement}" WITH KEY = "${tag}" WHERE ${conditions.join(' AND ')}`;
}
