// For every query of every panel, what it must give, computed from the points and not with InfluxQL.
import { intervalMs, type View } from './grafana.ts';
import { compare } from './oracle-compare.ts';
import { eachPoint, missing, overview } from './oracle-overview.ts';
import {
  about,
  type Columns,
  count,
  type Expected,
  type ExpectedRow,
  evaluate,
  groups,
  last,
  max,
  mean,
  plain,
  type Sample,
  sum,
} from './points.ts';

/** All points, by measurement, in the order of time. */
export type Points = Readonly<
  Record<
    'raw-requests' | 'request-metrics' | 'process-info' | 'process-event' | 'delivery',
    readonly Sample[]
  >
>;

/** Expected rows of a query, by `uid / title / refId`. */
export type Oracle = Readonly<Record<string, () => ExpectedRow[]>>;

const THREAD = ['process', 'thread'];

export function oracle(points: Points, view: View): Oracle {
  const { fromMs, toMs, chosen = {} } = view;
  const i = intervalMs(view);

  const select = (measurement: keyof Points, variables: readonly string[], before = false) =>
    points[measurement].filter(
      (point) =>
        // Fractions of the last millisecond are beyond it.
        (before
          ? point.ms >= 2 * fromMs - toMs && point.ms < fromMs
          : point.ms >= fromMs && point.ms <= toMs) &&
        variables.every((name) => chosen[name]?.includes(String(point[name] ?? '')) ?? true),
    );
  const everyRaw = select('raw-requests', ['service', 'hostname', 'process']);
  const metrics = select('request-metrics', ['service', 'hostname', 'process']);
  const info = select('process-info', ['service', 'hostname', 'process_type']);
  const ledger = select('delivery', ['service', 'hostname', 'process']);

  const start = Math.ceil(fromMs / i) * i;
  const end = Math.floor(toMs / i) * i;
  const bucket = (point: Sample) => Math.floor(point.ms / i) * i;
  const whole = (all: readonly Sample[]) => all.filter(({ ms }) => ms >= start && ms < end);

  const total = (all: readonly Sample[], columns: Columns, tags: string[] = []): ExpectedRow[] =>
    groups(all, tags).map((group) => ({ tags: group.tags, values: evaluate(columns, group.points) }));

  const byInterval = (all: readonly Sample[]) => {
    const found = new Map<number, Sample[]>();
    for (const point of whole(all)) {
      const there = found.get(bucket(point));
      if (there) there.push(point);
      else found.set(bucket(point), [point]);
    }
    return [...found];
  };
  const series = (all: readonly Sample[], columns: Columns, tags: string[] = []): ExpectedRow[] =>
    byInterval(all).flatMap(([ms, there]) => total(there, columns, tags).map((row) => ({ ...row, ms })));

  /** Rows as points again. */
  const rows = (expected: readonly ExpectedRow[]): Sample[] =>
    expected.map(({ tags, values: of, ms = 0 }) => ({
      ...tags,
      ...Object.fromEntries(Object.entries(of).map(([name, value]) => [name, plain(value)])),
      ms,
    }));
  const seriesOf = (
    all: readonly Sample[],
    outer: Columns,
    inner: Columns,
    tags: string[] = [],
    each: string[] = THREAD,
  ) => series(rows(series(all, inner, [...each, ...tags])), outer, tags);
  const totalOf = (all: readonly Sample[], outer: Columns, inner: Columns) =>
    total(rows(total(all, inner, THREAD)), outer);

  const sumOf = (name: string, as = 'each'): Columns => ({ [name]: approximately(sum(as)) });

  /** The change of a counter per interval and thread, from one interval that has it to the next. */
  const changes = (field: string, perSecond: boolean): Sample[] =>
    groups(ledger, THREAD).flatMap(({ tags, points: own }) => {
      const counts = series(own, { count: max(field) })
        .flatMap((row) =>
          plain(row.values.count) === null ? [] : [{ ms: row.ms!, count: plain(row.values.count)! }],
        )
        .sort((a, b) => a.ms - b.ms);
      return counts.slice(1).map(({ ms, count: now }, n) => {
        const before = counts[n]!;
        const change = now - before.count;
        return { ...tags, ms, each: perSecond ? (change * 1000) / (ms - before.ms) : change };
      });
    });

  const throughput = () => seriesOf(metrics, sumOf('requests'), { each: mean('request_throughput') });
  const busy = metrics.filter((point) => Number(point.request_throughput ?? 0) > 0);
  const weighted = (field: string) => (own: readonly Sample[]) =>
    about(
      own.reduce((all, point) => all + Number(point[field]) * Number(point.request_throughput), 0) /
        own.reduce((all, point) => all + Number(point.request_throughput), 0),
    );
  const ofBuckets = (field: string, tag: string) =>
    metrics.filter((point) => point[tag] != null && point[field] != null);
  /** A panel of time buckets or ranks: one query for those below ten, one for the others. */
  const buckets = (panel: string, field: string, by: typeof total, tag = 'time_bucket'): Oracle => {
    const all = ofBuckets(field, tag);
    const of = (long: boolean) => () =>
      by(
        all.filter((point) => Number(point[tag]) >= 10 === long),
        { sum: sum(field) },
        [tag],
      );
    return { [`${panel} / A`]: of(false), [`${panel} / B`]: of(true) };
  };
  const HOST_PROCESS = ['hostname', 'pid'];
  const EACH = ['hostname', 'process_type', 'pid'];

  const FATES = ['acknowledged', 'queued', 'spooled', 'dropped', 'unknown', 'rejected'];
  const difference = (own: readonly Sample[]) =>
    FATES.reduce((rest, fate) => rest - plain(last(fate)(own))!, plain(last('recorded')(own))!);
  const latest = (field: string) => () => totalOf(ledger, { [field]: sum('each') }, { each: last(field) });
  const waiting = (own: readonly Sample[]) => plain(max('queued')(own))! + plain(max('spooled')(own))!;

  const helpers = { points, view, select, total, series, seriesOf, rows, buckets };
  return {
    ...overview(helpers),
    ...compare(helpers),
    ...buckets('raw-requests-metrics / Application time', 'application_time_bucket', series),
    ...buckets('raw-requests-metrics / Queue time', 'queue_time_bucket', series),
    ...buckets('raw-requests-metrics / Requests by application time', 'application_time_bucket', total),
    ...buckets('raw-requests-metrics / Requests by slot rank', 'request_threads_bucket', total, 'thread_id'),
    ...buckets('raw-requests-metrics / Slot ranks', 'request_threads_bucket', series, 'thread_id'),
    'raw-requests-metrics / Throughput / A': throughput,
    'raw-requests-metrics / Throughput now / A': throughput,
    'raw-requests-metrics / Capacity utilization now / A': () =>
      series(metrics, { mean: mean('capacity_utilization') }),
    'raw-requests-metrics / Capacity utilization / A': () =>
      series(metrics, { mean: mean('capacity_utilization'), busiest: max('capacity_utilization') }),
    'raw-requests-metrics / Phases of a request / A': () =>
      series(busy, {
        application: weighted('application_time'),
        queue: weighted('queue_time'),
        server: weighted('server_time'),
      }),
    'raw-requests-metrics / Throughput by process / A': () =>
      seriesOf(metrics, sumOf('sum'), { each: mean('request_throughput') }, ['process'], ['thread']),
    'raw-requests-metrics / CPU / A': () =>
      seriesOf(
        metrics,
        { ...sumOf('user', 'u'), ...sumOf('system', 's') },
        { u: mean('cpu_user_time'), s: mean('cpu_system_time') },
        [],
        ['process'],
      ),
    'raw-requests-metrics / Memory / A': () =>
      seriesOf(
        metrics,
        { ...sumOf('resident', 'r'), ...sumOf('most so far', 'm') },
        { r: mean('memory_rss'), m: mean('memory_max_rss') },
        [],
        ['process'],
      ),
    'raw-requests-metrics / Slots / A': () =>
      seriesOf(
        metrics,
        { active: sum('a'), started: sum('s'), maximum: sum('m') },
        {
          a: max('request_threads_active'),
          s: max('request_threads_started'),
          m: max('request_threads_maximum'),
        },
      ),
    'raw-requests-metrics / In flight / A': () =>
      seriesOf(metrics, sumOf('sum'), { each: mean('requests_in_flight') }),
    'raw-requests-metrics / Event loop / A': () =>
      series(metrics, { mean: mean('event_loop_utilization'), busiest: max('event_loop_utilization') }),
    'raw-requests-metrics / Event loop delay / A': () =>
      series(metrics, {
        p50: max('event_loop_delay_p50'),
        p99: max('event_loop_delay_p99'),
        most: max('event_loop_delay_max'),
      }),

    'raw-requests-processes / CPU by type / A': () =>
      seriesOf(info, sumOf('sum'), { each: mean('cpu') }, ['process_type'], HOST_PROCESS),
    'raw-requests-processes / CPU now / A': () =>
      seriesOf(info, sumOf('sum'), { each: mean('cpu') }, [], EACH),
    'raw-requests-processes / Memory by type / A': () =>
      seriesOf(info, sumOf('sum'), { each: mean('memory') }, ['process_type'], HOST_PROCESS),
    'raw-requests-processes / Memory now / A': () =>
      seriesOf(info, sumOf('sum'), { each: mean('memory') }, [], EACH),
    'raw-requests-processes / Processes now / A': () =>
      seriesOf(info, { count: count('each') }, { each: mean('memory') }, [], EACH),
    'raw-requests-processes / CPU by process / A': () => series(info, { mean: mean('cpu') }, EACH),
    'raw-requests-processes / Memory by process / A': () => series(info, { mean: mean('memory') }, EACH),
    'raw-requests-processes / Each process / A': () =>
      total(
        info,
        {
          'cpu mean': mean('cpu'),
          'cpu most': max('cpu'),
          'memory mean': mean('memory'),
          'memory most': max('memory'),
        },
        EACH,
      ),

    'raw-requests-processes / Starts and stops / A': () =>
      eachPoint(
        select('process-event', ['service', 'hostname', 'process_type']),
        ...['text', 'event', 'version', 'node'],
      ),

    ...Object.fromEntries(
      ['recorded', ...FATES].map((field) => [
        `raw-requests-delivery / ${field[0]!.toUpperCase()}${field.slice(1)} / A`,
        latest(field),
      ]),
    ),
    'raw-requests-delivery / Unaccounted for / A': () =>
      totalOf(ledger, { difference: sum('each') }, { each: difference }),
    'raw-requests-delivery / Missing in the database / A': () => missing(everyRaw),
    'raw-requests-delivery / Missing in the database / B': () =>
      missing(select('raw-requests', ['service', 'hostname', 'process'], true)),
    'raw-requests-delivery / Newest request / A': () => total(everyRaw, { last: last('sequence') }),
    'raw-requests-delivery / Recorded and acknowledged / A': () =>
      series(changes('recorded', true), sumOf('recorded')),
    'raw-requests-delivery / Recorded and acknowledged / B': () =>
      series(changes('acknowledged', true), sumOf('acknowledged')),
    'raw-requests-delivery / Waiting / A': () =>
      seriesOf(ledger, { queued: sum('q'), spooled: sum('s') }, { q: max('queued'), s: max('spooled') }),
    'raw-requests-delivery / Lag / A': () => {
      const rates = new Map(
        series(changes('recorded', true), { rate: sum('each') }).map((row) => [
          row.ms,
          plain(row.values.rate)!,
        ]),
      );
      return seriesOf(ledger, { waiting: sum('w') }, { w: waiting }).flatMap(({ ms, values: of, tags }) => {
        const perSecondNow = rates.get(ms) ?? 0;
        return perSecondNow > 0
          ? [{ tags, ms: ms!, values: { lag: about(plain(of.waiting)! / perSecondNow) } }]
          : [];
      });
    },
    'raw-requests-delivery / Lost / A': () => series(changes('dropped', false), { dropped: sum('each') }),
    'raw-requests-delivery / Lost / B': () => series(changes('unknown', false), { unknown: sum('each') }),
    'raw-requests-delivery / Lost / C': () => series(changes('rejected', false), { rejected: sum('each') }),
    'raw-requests-delivery / Processes / A': () =>
      total(
        ledger,
        { ...Object.fromEntries(['recorded', ...FATES].map((field) => [field, last(field)])), difference },
        THREAD,
      ),
  };
}

/** Sums of means add up in another order. */
function approximately(column: Columns[string]): Columns[string] {
  return (points) => {
    const value: Expected = column(points);
    return value === null ? null : about(plain(value)!);
  };
}
