import { BEFORE, FAILED, NO_UPGRADE, over, RANGE, THREADS, total } from './influxql.ts';

/**
 * What a panel reads of many requests. InfluxDB 1.x reads about three million points per second, so no panel reads all
 * points of a long time range: the number of requests comes from `sequence`, percentiles come from the requests of some
 * evenly spaced parts of the time range, and dots are a sample.
 *
 * Hidden variables are the numbers that this needs. The leading zero of `0${name:raw}` keeps a query valid while a variable
 * is empty. Conditions without a field or tag are constant for InfluxDB: where one is false, nothing is read.
 */
const variable = (name: string) => `0\${${name}:raw}`;

/** Up to this number, requests are counted one by one. */
export const MAX_COUNTED = 1_000_000;
/** Up to this number, percentiles are of all requests. */
export const MAX_READ = 100_000;
/** Up to this number, all requests are drawn. */
export const MAX_DOTS = 20_000;
/** Up to this number, all errors and aborts are drawn. */
export const MAX_FAILED_DOTS = 5000;

const RAW = 'raw-requests';
/** Tags that `sequence` does not distinguish: it numbers the requests of a thread. */
const IN_A_THREAD = ['route', 'method', 'status'];

/** Whether requests are counted one by one: there are not too many, or only some of each thread are chosen. */
export const COUNTED: string = `(${variable('recorded')} <= ${MAX_COUNTED} OR ${IN_A_THREAD.map((name) => `'\${${name}:percentencode}' != '.*'`).join(' OR ')})`;
export const NUMBERED: string = `${variable('recorded')} > ${MAX_COUNTED} AND ${IN_A_THREAD.map((name) => `'\${${name}:percentencode}' = '.*'`).join(' AND ')}`;

/** Requests of each thread, by their numbers. The first and the last number are found without reading the others. */
const byNumber = (columns: string, where: string | undefined, time: string | undefined) =>
  total(RAW, columns, {
    by: ['hostname', 'process'],
    group: THREADS,
    ...(where === undefined ? {} : { where }),
    ...(time === undefined ? {} : { time }),
  });
const NUMBERS = 'last("sequence") - first("sequence") + 1';

/** Subqueries that have the number of requests as the column `n`, and others as 0; for each process, if asked for. */
export function requestCount(others: readonly string[] = [], time?: string, byProcess = false): string[] {
  const columns = (n: string) =>
    [`${n} AS "n"`, ...others.map((name) => `(${n}) * 0 AS "${name}"`)].join(', ');
  const at = time === undefined ? {} : { time };
  return [
    total(RAW, columns('count("application_time")'), {
      ...at,
      where: COUNTED,
      ...(byProcess ? { group: ['process'] } : {}),
    }),
    byNumber(columns(NUMBERS), NUMBERED, time),
  ];
}

/** The share of requests that match a condition. Few should match, as all of these are read. */
export function share(where: string, name: string, time?: string): string {
  const at = time === undefined ? {} : { time };
  return over(
    `sum("part") / sum("n") AS "${name}"`,
    [
      ...requestCount(['part'], time),
      total(RAW, 'count("application_time") AS "part", count("application_time") * 0 AS "n"', {
        ...at,
        where,
      }),
    ],
    at,
  );
}

/** The length of the time range in microseconds is `$__to - $__from` times 1000; a part of it is in nanoseconds. */
const SHARES = 1_000_000;
/** Parts of the time range for figures of the whole range, and for lines. */
export const FIGURE_PARTS = 10;
export const LINE_PARTS = 40;

/** The value of the variable `part`: the length of each of {@link LINE_PARTS} parts, so that they have {@link MAX_READ} requests. */
const WHOLE_PART = SHARES / LINE_PARTS;
export const READ_ALL: string = `(${variable('part')} = 0 OR ${variable('part')} >= ${WHOLE_PART})`;
export const READ_PARTS: string = `${variable('part')} > 0 AND ${variable('part')} < ${WHOLE_PART}`;

/**
 * Subqueries that together have the response time of all requests as the columns `as`, or of those in evenly spaced parts; or
 * another field of the same requests. The `application_time` of a WebSocket is no response time.
 */
export function durations(
  parts: number,
  {
    before = false,
    where,
    as = ['v'],
    field = 'application_time',
    column = as.map((name) => `"${field}" AS "${name}"`).join(', '),
  }: {
    before?: boolean;
    where?: string;
    as?: readonly string[];
    field?: string;
    /** The columns, if they are others. */
    column?: string;
  } = {},
): string[] {
  const start = before ? '(2 * $__from - $__to)' : '$__from';
  const also = ` AND ${NO_UPGRADE}${where === undefined ? '' : ` AND ${where}`}`;
  const all = total(RAW, column, {
    where: READ_ALL + also,
    ...(before ? { time: BEFORE } : {}),
  });
  const part = (i: number) => {
    const from = `${start} * 1000000 + ($__to - $__from) * ${(i * SHARES) / parts}`;
    const length = `($__to - $__from) * ${LINE_PARTS / parts} * ${variable('part')}`;
    return total(RAW, column, {
      time: `time >= ${from} AND time < ${from} + ${length}`,
      where: READ_PARTS + also,
    });
  };
  return [all, ...Array.from({ length: parts }, (_, i) => part(i))];
}

/** How much is read of a part of the time range, if not all of it. */
export const READ_SHARE: string = `${variable('part')} / ${WHOLE_PART}`;

/** A prime and its golden section: multiples of one modulo the other are spread evenly, whatever pattern the traffic has. */
const [STEP, PRIME] = [618_034, 1_000_003];

/**
 * The condition for a sample of `most` of the requests whose number is in a variable. It is computed from `sequence`, so it
 * works in each generation of InfluxDB, and each refresh draws the same requests.
 */
const sampled = (most: number, of: string) =>
  `(${variable(of)} <= ${most}` +
  ` OR ${variable('recorded')} > 0 AND "sequence" * ${STEP} % ${PRIME} * ${variable(of)} < ${most * PRIME}` +
  // Points that another program wrote may have no sequence. The last digits of their duration are random enough.
  ` OR ${variable('recorded')} = 0 AND "application_time" * ${STEP}.0339 % 1 * ${variable(of)} < ${most})`;

/** The conditions for requests that are drawn, errors and aborts apart. */
export const DRAWN: string = sampled(MAX_DOTS, 'requests');
export const DRAWN_FAILED: string = sampled(MAX_FAILED_DOTS, 'failed');
/** Whether not all requests are drawn. */
export const NOT_ALL_DRAWN: string = `${variable('requests')} > ${MAX_DOTS}`;

/** The queries of the hidden variables, in the order in which they depend on each other. */
export const NUMBERS_NEEDED: readonly (readonly [name: string, query: string])[] = [
  ['recorded', over('sum("n")', [byNumber(`${NUMBERS} AS "n"`, undefined, RANGE)], { time: RANGE })],
  ['requests', over('sum("n")', requestCount([], RANGE), { time: RANGE })],
  ['part', over(`${MAX_READ * WHOLE_PART} / sum("n")`, requestCount([], RANGE), { time: RANGE })],
  ['failed', total(RAW, 'count("application_time")', { where: FAILED, time: RANGE })],
];
