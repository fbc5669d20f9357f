// What each query of the dashboard that compares two groups must give, computed from the points and not with InfluxQL.
import { intervalMs } from './grafana.ts';
import type { Oracle } from './oracle.ts';
import { eachPoint, type Helpers, isAborted, isAnswered, reading, sampled } from './oracle-overview.ts';
import {
  about,
  type Columns,
  count,
  type ExpectedRow,
  groups,
  max,
  mean,
  percentile,
  rate,
  type Sample,
} from './points.ts';

const SECONDS = 'application_time';

export function compare({ view, select, total, series }: Helpers): Oracle {
  const { chosen = {} } = view;
  const hidden = (name: string) => Number(chosen[name]?.[0] || 0);
  const all = select('raw-requests', ['service', 'hostname', 'process', 'route', 'method', 'status']);
  const read = reading(view);
  const by = chosen.by?.[0] ?? 'service';
  const isCounted =
    hidden('recorded') <= 1_000_000 ||
    ['route', 'method', 'status'].some((name) => chosen[name] !== undefined);

  const panels = (own: readonly Sample[]): Readonly<Record<string, () => ExpectedRow[]>> => {
    const some = read(own, 10);
    const share = (isPart: (point: Sample) => boolean, of = some) => {
      const part = of.filter(isPart).length;
      return of.length === 0 ? [] : [{ tags: {}, values: { share: about(part / of.length) } }];
    };
    const kept = some.filter(({ connection_requests: n }) => n != null);
    const failed = own.filter((point) => String(point.status).startsWith('5') || !isAnswered(point));
    const columns = (name: string): Columns => ({
      [`requests ${name}`]: count(SECONDS),
      ...Object.fromEntries([50, 95, 99].map((p) => [`p${p} ${name}`, percentile(SECONDS, p)])),
    });
    const dots = () => [
      ...(hidden('requests') > 20_000 ? series(own, { slowest: max(SECONDS) }) : []),
      ...eachPoint(sampled(own, 20_000, hidden('requests')), `${SECONDS}=request`, 'trace_id'),
      ...eachPoint(sampled(failed, 5000, hidden('failed')), `${SECONDS}=failed`, 'trace_id'),
      ...eachPoint(own.slice(0, 1), 'process=trace_id').map((row) => ({
        ...row,
        values: { ...row.values, failed: about(1e-6), slowest: about(1e-6) },
      })),
    ];
    return {
      Processes: () =>
        own.length === 0 ? [] : [{ tags: {}, values: { processes: groups(own, ['process']).length } }],
      Slots: () => total(some, { value: max('slot') }),
      'In flight': () => total(some, { value: mean('in_flight') }),
      'Kept alive': () => share(({ connection_requests: n }) => Number(n) > 1, kept),
      'Size of a response': () => total(some, { value: mean('bytes_out') }),
      'Not 2xx': () => share(({ status }) => !String(status).startsWith('2')),
      ...Object.fromEntries(
        [50, 95, 99].map((p) => [`p${p}`, () => total(some, { [`p${p}`]: percentile(SECONDS, p) })]),
      ),
      'Within $objective s': () => share((point) => Number(point[SECONDS]) <= 0.5),
      Errors: () => share((point) => String(point.status).startsWith('5') && isAnswered(point)),
      Aborted: () => share(isAborted),
      'Throughput of A and B': () =>
        isCounted ? series(own, { requests: rate(SECONDS, intervalMs(view)) }) : [],
      ...Object.fromEntries(
        [50, 99].map((p) => [
          `p${p} of A and B`,
          () => series(read(own, 40), { [`p${p}`]: percentile(SECONDS, p) }),
        ]),
      ),
      'Routes of A and B A': () => total(some, columns('A'), ['route']),
      'Routes of A and B B': () => total(some, columns('B'), ['route']),
      dots,
    };
  };

  const [a, b] = (['a', 'b'] as const).map((name) =>
    panels(all.filter((point) => chosen[name]?.includes(String(point[by] ?? '')) ?? false)),
  ) as [ReturnType<typeof panels>, ReturnType<typeof panels>];
  const uid = 'raw-requests-compare';
  const oracle: Record<string, () => ExpectedRow[]> = {
    [`${uid} / Routes of A and B / A`]: a['Routes of A and B A']!,
    [`${uid} / Routes of A and B / B`]: b['Routes of A and B B']!,
    [`${uid} / Each request of A / A`]: a.dots!,
    [`${uid} / Each request of B / A`]: b.dots!,
  };
  for (const title of Object.keys(a)) {
    if (title === 'dots' || title.startsWith('Routes')) continue;
    oracle[`${uid} / ${title} / A`] = a[title]!;
    oracle[`${uid} / ${title} / B`] = b[title]!;
  }
  return oracle;
}
