// What each query of the dashboard of requests must give, computed from the points and not with InfluxQL.
import { intervalMs, type View } from './grafana.ts';
import type { Oracle, Points } from './oracle.ts';
import {
  about,
  type Columns,
  count,
  type ExpectedRow,
  groups,
  last,
  max,
  mean,
  percentile,
  plain,
  rate,
  type Sample,
  sum,
  values,
} from './points.ts';

/** What the expectations of all dashboards use. */
export interface Helpers {
  readonly points: Points;
  readonly view: View;
  select(measurement: keyof Points, variables: readonly string[], before?: boolean): Sample[];
  total(all: readonly Sample[], columns: Columns, tags?: string[]): ExpectedRow[];
  series(all: readonly Sample[], columns: Columns, tags?: string[]): ExpectedRow[];
  seriesOf(
    all: readonly Sample[],
    outer: Columns,
    inner: Columns,
    tags?: string[],
    each?: string[],
  ): ExpectedRow[];
  rows(expected: readonly ExpectedRow[]): Sample[];
  buckets(panel: string, field: string, by: Helpers['total']): Oracle;
}

const SECONDS = 'application_time';
const THREAD = ['process', 'thread'];
const DETAILS = [
  'application_time=duration',
  ...['method', 'route', 'status', 'outcome', 'process', 'slot', 'in_flight', 'bytes_out', 'trace_id'],
];

const first = (field: string) => (own: readonly Sample[]) => values(own, field)[0] ?? null;
const numbered = (own: readonly Sample[]) =>
  plain(last('sequence')(own))! - plain(first('sequence')(own))! + 1;

/** How many requests of a thread were lost in delivery. */
const lost = (own: readonly Sample[]) =>
  ['dropped', 'unknown', 'rejected'].reduce(
    (all, fate) => all + plain(last(fate)(own))! - plain(first(fate)(own))!,
    0,
  );

/** Sums of means add up in another order. */
const aboutSum =
  (field: string): Columns[string] =>
  (own) => {
    const value = plain(sum(field)(own));
    return value === null ? null : about(value);
  };

/** Gaps in the sequences of threads. */
export function missing(all: readonly Sample[]): ExpectedRow[] {
  const gaps = groups(all, THREAD).map(({ points }) => numbered(points) - points.length);
  return gaps.length === 0 ? [] : [{ tags: {}, values: { missing: gaps.reduce((a, b) => a + b, 0) } }];
}

/** Rows of points, with some of their fields: `field` or `field=column`. */
export function eachPoint(all: readonly Sample[], ...fields: string[]): ExpectedRow[] {
  return all.map((point) => ({
    tags: {},
    ms: Math.floor(point.ms),
    values: Object.fromEntries(
      fields.map((field) => {
        const [from, to = from] = field.split('=') as [string, string?];
        const value = point[from] ?? null;
        return [to, typeof value === 'string' || value === null ? value : Number(value)];
      }),
    ),
  }));
}

export const isAnswered = ({ outcome }: Sample) => !/^(aborted|rejected|unfinished)$/.test(String(outcome));
const isError = (point: Sample) => String(point.status).startsWith('5') && isAnswered(point);
/** A WebSocket has no response time. */
export const isTimed = ({ outcome }: Sample) => outcome !== 'upgraded';
export const isAborted = ({ outcome }: Sample) => outcome === 'aborted';
const hasFailed = (point: Sample) => String(point.status).startsWith('5') || !isAnswered(point);

/** Those that have a response time, or those of them in evenly spaced parts, if there are many. */
export function reading({ fromMs, toMs, chosen = {} }: View) {
  return (all: readonly Sample[], parts: number, start = fromMs): readonly Sample[] => {
    const own = all.filter(isTimed);
    const part = Number(chosen.part?.[0] || 0);
    if (part === 0 || part >= 25_000) return own;
    const length = ((toMs - fromMs) * (40 / parts) * part) / 1e6;
    return own.filter(({ ms }) => {
      const at = (ms - start) % ((toMs - fromMs) / parts);
      return at >= 0 && at < length;
    });
  };
}

const STEP = 618_034;
const PRIME = 1_000_003;

/** An even sample, of `most` of `of`. */
export function sampled(all: readonly Sample[], most: number, of: number): readonly Sample[] {
  return all.filter((point) => of <= most || ((Number(point.sequence) * STEP) % PRIME) * of < most * PRIME);
}

export function overview({ view, select, total, series, seriesOf, rows, buckets }: Helpers): Oracle {
  const { fromMs, toMs, chosen = {} } = view;
  const range = toMs - fromMs;
  const i = intervalMs(view);
  const ALL = ['service', 'hostname', 'process', 'route', 'method', 'status'];
  const OWN = ALL.slice(0, 3);
  const hidden = (name: string) => Number(chosen[name]?.[0] || 0);
  const isCounted =
    hidden('recorded') <= 1_000_000 ||
    ['route', 'method', 'status'].some((name) => chosen[name] !== undefined);

  const raw = select('raw-requests', ALL);
  const metrics = select('request-metrics', OWN);
  const failed = raw.filter(hasFailed);

  const read = reading(view);

  /** An expectation for the time range, and one for the period before. */
  const both = (
    title: string,
    of: (raw: readonly Sample[], every: readonly Sample[], before: boolean) => ExpectedRow[],
  ): Oracle => ({
    [`raw-requests-overview / ${title} / A`]: () => of(raw, select('raw-requests', OWN), false),
    [`raw-requests-overview / ${title} / B`]: () =>
      of(select('raw-requests', ALL, true), select('raw-requests', OWN, true), true),
  });
  const one = (name: string, value: number): ExpectedRow[] =>
    Number.isFinite(value) ? [{ tags: {}, values: { [name]: about(value) } }] : [];
  const number = (own: readonly Sample[], every: readonly Sample[]) =>
    isCounted ? own.length : groups(every, THREAD).reduce((all, { points }) => all + numbered(points), 0);
  const ofRead = (before: boolean, own: readonly Sample[]) =>
    values(read(own, 10, before ? 2 * fromMs - toMs : fromMs), SECONDS);

  const drawn = (all: readonly Sample[]) => sampled(all, 20_000, hidden('requests'));
  const dots = () => [
    ...(hidden('requests') > 20_000 ? series(raw, { slowest: max(SECONDS) }) : []),
    ...eachPoint(drawn(raw), `${SECONDS}=request`, 'trace_id'),
    ...eachPoint(sampled(failed, 5000, hidden('failed')), `${SECONDS}=failed`, 'trace_id'),
    // Below what is drawn, so that no column is empty.
    ...eachPoint(raw.slice(0, 1), 'process=trace_id').map((row) => ({
      ...row,
      values: { ...row.values, failed: about(1e-6), slowest: about(1e-6) },
    })),
  ];
  const percentiles: Columns = Object.fromEntries([50, 95, 99].map((p) => [`p${p}`, percentile(SECONDS, p)]));
  const counted = (all: readonly Sample[]) => series(all, { requests: count(SECONDS) });
  const bytes =
    (field: string): Columns[string] =>
    (own) => {
      const value = plain(sum(field)(own));
      return value === null ? null : about((value * 1000) / i);
    };
  const timed = raw.filter(isTimed);
  const slowestFrom = values(timed, SECONDS).sort((a, b) => b - a)[Math.min(100, timed.length) - 1] ?? 0;
  const byThread = (all: readonly Sample[], columns: Columns) => rows(total(all, columns, THREAD));
  const status = (digit: number) => (point: Sample) =>
    String(point.status).startsWith(`${digit}`) && isAnswered(point);
  const outcome = (name: string) => (point: Sample) => point.outcome === name;
  const named = (title: string, expected: Record<string, () => ExpectedRow[]>): Oracle =>
    Object.fromEntries(
      Object.entries(expected).map(([refId, of]) => [`raw-requests-overview / ${title} / ${refId}`, of]),
    );

  return {
    ...both('Requests per second', (own, every) => one('rate', (number(own, every) * 1000) / range)),
    ...both('Errors', (own, every) => one('errors', own.filter(isError).length / number(own, every))),
    ...both('Aborted', (own, every) => one('aborted', own.filter(isAborted).length / number(own, every))),
    ...Object.assign(
      {},
      ...[50, 95, 99].map((p) =>
        both(`p${p}`, (own, _, before) =>
          total(read(own, 10, before ? 2 * fromMs - toMs : fromMs), { [`p${p}`]: percentile(SECONDS, p) }),
        ),
      ),
    ),
    ...both('Within $objective s', (own, _, before) => {
      const all = ofRead(before, own);
      return one('within', all.filter((seconds) => seconds <= 0.5).length / all.length);
    }),
    ...both('Apdex', (own, _, before) => {
      const all = ofRead(before, own);
      const [satisfying, tolerable] = [0.5, 2].map((most) => all.filter((seconds) => seconds <= most).length);
      return one('apdex', (satisfying! + tolerable!) / 2 / all.length);
    }),
    ...both('Running', (_, __, before) =>
      total(byThread(select('request-metrics', OWN, before), { each: last('requests_in_flight') }), {
        running: aboutSum('each'),
      }),
    ),
    ...both('Event loop blocked', (_, __, before) =>
      total(select('request-metrics', OWN, before), { blocked: max('event_loop_delay_max') }),
    ),
    ...both('Missing', (_, every) => missing(every)),
    ...both('Lost in delivery', (_, __, before) =>
      total(byThread(select('delivery', OWN, before), { each: lost }), { lost: sum('each') }),
    ),

    ...named('Routes', {
      A: () => total(raw, { requests: count(SECONDS) }, ['route']),
      B: () =>
        isCounted
          ? total(raw.filter(isTimed), { 'time spent': sum(SECONDS), slowest: max(SECONDS) }, ['route'])
          : [],
      C: () =>
        isCounted
          ? []
          : total(
              read(raw, 10),
              { 'time spent': (own) => about(plain(sum(SECONDS)(own))! / (hidden('part') / 25_000)) },
              ['route'],
            ),
      D: () => total(read(raw, 10), percentiles, ['route']),
      E: () => total(raw.filter(isError), { errors: count(SECONDS) }, ['route']),
      F: () => total(raw.filter(isAborted), { aborted: count(SECONDS) }, ['route']),
    }),
    ...named('Processes', {
      A: () =>
        isCounted
          ? total(raw, { requests: count(SECONDS) }, ['process'])
          : total(byThread(select('raw-requests', OWN), { n: numbered }), { requests: sum('n') }, [
              'process',
            ]),
      B: () => total(read(raw, 10), percentiles, ['process']),
      C: () => total(raw.filter(isError), { errors: count(SECONDS) }, ['process']),
      D: () => total(raw.filter(isAborted), { aborted: count(SECONDS) }, ['process']),
      E: () =>
        total(
          metrics.filter((point) => point.memory_rss != null),
          {
            'event loop': mean('event_loop_utilization'),
            blocked: max('event_loop_delay_max'),
            CPU: (own) => about(plain(mean('cpu_user_time')(own))! + plain(mean('cpu_system_time')(own))!),
            memory: max('memory_rss'),
          },
          ['process'],
        ),
      F: () => total(byThread(select('delivery', OWN), { each: lost }), { lost: sum('each') }, ['process']),
    }),

    ...named('Throughput', {
      A: () => (isCounted ? series(raw, { requests: rate(SECONDS, i) }) : []),
      B: () =>
        isCounted
          ? []
          : seriesOf(metrics, { requests: aboutSum('each') }, { each: mean('request_throughput') }),
    }),
    ...named('Errors and aborts', {
      A: () => counted(raw.filter(status(4))),
      B: () => counted(raw.filter(status(5))),
      C: () => counted(raw.filter(outcome('aborted'))),
      D: () => counted(raw.filter(outcome('rejected'))),
      E: () => counted(raw.filter(outcome('unfinished'))),
    }),
    ...named('Response time', { A: () => series(read(raw, 40), percentiles) }),
    ...buckets(
      'raw-requests-overview / Durations (of all routes, methods and statuses)',
      'application_time_bucket',
      series,
    ),
    ...named('Each of $requests requests', { A: dots }),

    ...named('Throughput by route', { A: () => series(raw, { requests: rate(SECONDS, i) }, ['route']) }),
    ...named('p95 by route', { A: () => series(read(raw, 40), { p95: percentile(SECONDS, 95) }, ['route']) }),
    ...named('Throughput by process', {
      A: () =>
        seriesOf(
          metrics,
          { sum: aboutSum('each') },
          { each: mean('request_throughput') },
          ['process'],
          ['thread'],
        ),
    }),
    ...named('Errors by process', {
      A: () => series(raw.filter(isError), { errors: count(SECONDS) }, ['process']),
    }),
    ...named('Event loop delay by process', {
      A: () => series(metrics, { max: max('event_loop_delay_max') }, ['process']),
    }),

    ...named('The slowest 100', {
      A: () =>
        eachPoint(
          timed.filter((point) => Number(point[SECONDS]) >= slowestFrom),
          ...DETAILS,
        ),
    }),
    ...named('The latest 100 errors and aborts', { A: () => eachPoint(failed.slice(-100), ...DETAILS) }),

    ...named('Each request by slot', { A: () => eachPoint(drawn(raw), 'slot') }),
    ...named('Outcomes', { A: () => total(raw, { count: count(SECONDS) }, ['outcome']) }),
    ...named('Statuses', { A: () => total(raw, { count: count(SECONDS) }, ['status']) }),
    ...named('In flight', { A: () => series(raw, { mean: mean('in_flight'), most: max('in_flight') }) }),
    ...named('Waiting and first byte', {
      A: () => series(raw, { queue: mean('queue_time'), 'first byte': mean('first_byte_time') }),
    }),
    ...named('Bytes', { A: () => series(raw, { in: bytes('bytes_in'), out: bytes('bytes_out') }) }),
    ...named('Event loop', { A: () => series(metrics, { max: max('event_loop_utilization') }) }),
    ...named('Event loop delay', {
      A: () => series(metrics, { p99: max('event_loop_delay_p99'), most: max('event_loop_delay_max') }),
    }),
  };
}
