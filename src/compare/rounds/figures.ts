import type { LoadResult } from '../load/messages.ts';
import { mean, quantile } from '../statistics/quantile.ts';
import { isDueFrom, type PointRow, type Points } from './points.ts';

/** Percentiles and the mean of times, s. */
export interface Times {
  readonly p50: number;
  readonly p90: number;
  readonly p95: number;
  readonly p99: number;
  readonly 'p99.9': number;
  readonly max: number;
  readonly mean: number;
}

/** A round as the client saw it. */
export interface ClientFigures {
  /** Requests that were due in the measured part, and what became of them. */
  readonly due: number;
  readonly answered: number;
  readonly failures: Readonly<Record<string, number>>;
  readonly statuses: Readonly<Record<string, number>>;
  /** Answers/s. */
  readonly throughput: number;
  /** From when a request was due to the end of its response. */
  readonly times: Times;
  /** From when it was sent: what a load tool shows that leaves out the time for which a request had to wait to be sent. */
  readonly sentTimes: Times;
  readonly connectionsOpened: number;
  readonly openMost: number;
  readonly httpVersions: readonly string[];
  readonly encodings: readonly string[];
  /** Mean size of an answered body by request of the mix, bytes; NaN where none was answered. */
  readonly sizes: readonly number[];
  /** CPU of the process that sent the load, of one core. */
  readonly generatorCpu: number;
}

/** What one route of a side did in a round, from its points. */
export interface RouteFigures {
  /** `GET /items/:id` */
  readonly route: string;
  readonly count: number;
  readonly statuses: Readonly<Record<string, number>>;
  /** Bytes of a response, mean. */
  readonly size: number;
  readonly times: Times;
  readonly queueTimes: Times;
}

/** A round as its server recorded it. */
export interface ServerFigures {
  readonly count: number;
  /** `process` tags; with threads: `host:1 thread 2`. */
  readonly processes: readonly string[];
  readonly threads: readonly string[];
  /** The highest slots of all threads, added up. */
  readonly slots: number;
  /** The most requests in flight in one of them. */
  readonly inFlight: number;
  /** Requests of a connection, mean; NaN if not known. */
  readonly requestsPerConnection: number;
  readonly times: Times;
  /** What clients waited before the server saw a request. */
  readonly queueTimes: Times;
  readonly routes: readonly RouteFigures[];
}

export function clientFigures(result: LoadResult, mixLength: number): ClientFigures {
  const { latency, service, status, size, request, seconds } = result;
  const statuses: Record<string, number> = {};
  const bytes = new Float64Array(mixLength);
  const counts = new Float64Array(mixLength);
  let answered = 0;
  for (let i = 0; i < status.length; i++) {
    const code = status[i]!;
    if (code === 0) continue;
    answered++;
    statuses[code] = (statuses[code] ?? 0) + 1;
    bytes[request[i]!]! += size[i]!;
    counts[request[i]!]!++;
  }
  return {
    due: status.length,
    answered,
    failures: result.unsent > 0 ? { ...result.failures, 'not sent': result.unsent } : result.failures,
    statuses,
    throughput: answered / seconds,
    times: timesOf(latency),
    sentTimes: timesOf(service),
    connectionsOpened: result.connectionsOpened,
    openMost: result.openMost,
    httpVersions: result.httpVersions,
    encodings: result.encodings,
    sizes: [...bytes].map((sum, i) => sum / counts[i]!),
    generatorCpu: result.cpu / seconds,
  };
}

/** Figures of the requests that were due at `fromMs` or later; undefined if there are none. */
export function serverFigures(points: Points, fromMs: number): ServerFigures | undefined {
  const rows = [...points].filter(
    ({ startMs, queueTime, tags }) => isDueFrom(fromMs, startMs, queueTime) && tags.outcome !== 'upgraded',
  );
  if (rows.length === 0) return undefined;
  const threadOf = ({ tags }: PointRow) => `${tags.process ?? ''} thread ${tags.thread ?? '0'}`;
  const last = new Map<string, number>();
  for (const row of rows) last.set(threadOf(row), Math.max(row.slot, last.get(threadOf(row)) ?? 0));
  const firsts = rows.filter(({ connectionRequests }) => connectionRequests === 1).length;
  const isKnown = rows.some(({ connectionRequests }) => connectionRequests > 0);
  return {
    count: rows.length,
    processes: [...new Set(rows.map(({ tags }) => tags.process ?? ''))].sort(),
    threads: [...last.keys()].sort(),
    slots: [...last.values()].reduce((sum, slot) => sum + slot, 0),
    inFlight: most(rows.map(({ inFlight }) => inFlight)),
    requestsPerConnection: isKnown ? rows.length / Math.max(1, firsts) : Number.NaN,
    times: timesOf(rows.map(({ duration }) => duration)),
    queueTimes: timesOf(rows.map(({ queueTime }) => queueTime)),
    routes: routesOf(rows),
  };
}

function routesOf(rows: readonly PointRow[]): RouteFigures[] {
  const groups = new Map<string, PointRow[]>();
  for (const row of rows) {
    const route = `${row.tags.method ?? ''} ${row.tags.route ?? ''}`.trim();
    const group = groups.get(route);
    if (group === undefined) groups.set(route, [row]);
    else group.push(row);
  }
  return [...groups]
    .map(([route, own]) => ({
      route,
      count: own.length,
      statuses: countBy(own.map(({ tags }) => tags.status ?? '')),
      size: mean(own.map(({ bytesOut }) => Math.max(0, bytesOut))),
      times: timesOf(own.map(({ duration }) => duration)),
      queueTimes: timesOf(own.map(({ queueTime }) => queueTime)),
    }))
    .sort((a, b) => b.count - a.count);
}

/** Of the values that are numbers. */
export function timesOf(values: ArrayLike<number>): Times {
  const sorted = Float64Array.from(values)
    .filter((value) => !Number.isNaN(value))
    .sort();
  const at = (q: number) => quantile(sorted, q);
  return {
    p50: at(0.5),
    p90: at(0.9),
    p95: at(0.95),
    p99: at(0.99),
    'p99.9': at(0.999),
    max: at(1),
    mean: mean(sorted),
  };
}

function countBy(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

/** Of any number of values: `Math.max(...values)` fails for very many. */
function most(values: Iterable<number>): number {
  let result = 0;
  for (const value of values) result = Math.max(result, value);
  return result;
}
