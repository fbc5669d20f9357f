import type { Fingerprint } from '../fingerprint/fingerprint.ts';
import type { Comparison, SideReport } from '../result.ts';
import { percent } from '../rounds/validity.ts';
import { duration } from './words.ts';

/** A row of a report: what it is, of A, of B. */
export type Row = readonly [name: string, a: string, b: string];

const none = '-';
const text = (value: number | null | undefined, show: (value: number) => string): string =>
  value === null || value === undefined || Number.isNaN(value) ? none : show(value);
const count = (value: number): string => Math.round(value).toLocaleString('en-US');

/** Times as the client saw them and as the server recorded them, and what they cost. */
export function timeRows({ sides: { a, b } }: Comparison): Row[] {
  const row = (name: string, of: (side: SideReport) => string): Row => [
    name,
    a ? of(a) : none,
    b ? of(b) : none,
  ];
  const time = (seconds: number | undefined) => text(seconds, duration);
  const rows = [
    row('response time p50', ({ client }) => time(client.p50)),
    row('response time p95', ({ client }) => time(client.p95)),
    row('response time p99', ({ client }) => time(client.p99)),
    row('longest response time', ({ client }) => time(client.max)),
    row('response time p99, from when it was sent', ({ clientFromSent }) => time(clientFromSent.p99)),
    row('before the server saw it p50', ({ queue }) => time(queue?.p50)),
    row('before the server saw it p99', ({ queue }) => time(queue?.p99)),
    row('in the server p50', ({ server }) => time(server?.p50)),
    row('in the server p99', ({ server }) => time(server?.p99)),
    row('answers/s', ({ throughput }) => count(throughput)),
    row('errors', ({ errors }) => percent(errors)),
    row('CPU of a request', ({ cpu }) => text(cpu, duration)),
    row('memory', ({ rss }) => text(rss, (bytes) => `${count(bytes / 2 ** 20)} MiB`)),
  ];
  return rows.filter(([, left, right]) => left !== none || right !== none);
}

/** What really served. */
export function fingerprintRows({ fingerprint: { a, b } }: Comparison): Row[] {
  const row = (name: string, of: (side: Fingerprint) => string): Row => [
    name,
    a ? of(a) : none,
    b ? of(b) : none,
  ];
  const list = (values: readonly string[]) => values.join(', ') || none;
  const rows = [
    row('processes that answered', ({ processes }) => text(processes, count)),
    row('threads', ({ threads }) => text(threads, count)),
    row('slots', ({ slots }) => text(slots, count)),
    row('in flight in one thread, most', ({ inFlight }) => text(inFlight, count)),
    row('open at the client, most', ({ open }) => text(open, count)),
    row('requests of a connection', ({ requestsPerConnection }) =>
      text(requestsPerConnection, (n) => n.toFixed(1)),
    ),
    row('requests that opened one', ({ newConnections }) => text(newConnections, percent)),
    row('programs', ({ programs }) => list(programs)),
    row('NODE_ENV', ({ nodeEnvs }) => list(nodeEnvs)),
    row('CPUs', ({ cpus }) => list(cpus)),
    row('HTTP', ({ httpVersions }) => list(httpVersions)),
    row('encoding', ({ encodings }) => list(encodings)),
    row('statuses', ({ statuses }) =>
      list(Object.entries(statuses).map(([status, share]) => `${status} ${percent(share)}`)),
    ),
    row('size of a response', ({ sizes }) =>
      list(sizes.map((size) => text(size, (bytes) => `${count(bytes)} B`))),
    ),
    row('on the CPU, of a request', ({ cpuShare }) => text(cpuShare, (share) => percent(Math.min(1, share)))),
  ];
  return rows.filter(([, left, right]) => left !== none || right !== none);
}

/** The routes of both sides, by time spent: name, requests, p50 and p99 of each. */
export function routeRows({ sides }: Comparison, most: number): string[][] {
  const names = [
    ...new Set([sides.a, sides.b].flatMap((side) => side?.routes.map(({ route }) => route) ?? [])),
  ];
  return names.slice(0, most).map((name) => {
    const cells = [sides.a, sides.b].flatMap((side) => {
      const route = side?.routes.find((one) => one.route === name);
      return route === undefined
        ? [none, none, none]
        : [count(route.count), duration(route.times.p50), duration(route.times.p99)];
    });
    return [name, ...cells];
  });
}
