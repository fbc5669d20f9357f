import type { Measured } from '../rounds/measured.ts';
import { median } from '../statistics/quantile.ts';

/** What really served, taken from the requests and the operating system, not from settings. NaN for what is not known. */
export interface Fingerprint {
  /** Whether it wrote points; else all that is known is what the client and the operating system saw. */
  readonly recorded: boolean;
  /** Whether it has recorded requests, but none of the load: something in front of it answered. */
  readonly isSilent: boolean;
  /** Processes, and threads of all of them, that answered requests. */
  readonly processes: number;
  readonly threads: number;
  /** Slots of all threads together: how many requests it can have had in work at a time. */
  readonly slots: number;
  /** The most requests that one thread had in flight. */
  readonly inFlight: number;
  /** The most requests that the client had open. */
  readonly open: number;
  /** Requests of a connection, by the field `connection_requests`, mean. */
  readonly requestsPerConnection: number;
  /** Connections that the client opened, of all requests. */
  readonly newConnections: number;
  readonly programs: readonly string[];
  readonly nodeEnvs: readonly string[];
  readonly cpus: readonly string[];
  readonly httpVersions: readonly string[];
  readonly encodings: readonly string[];
  /** Share of each status in the answers. */
  readonly statuses: Readonly<Record<string, number>>;
  /** Mean size of a response by request of the mix, bytes. */
  readonly sizes: readonly number[];
  /** CPU time of a request, s, and its share of the time of a request in the middle. */
  readonly cpu: number;
  readonly cpuShare: number;
  readonly rss: number;
}

/** The fingerprint of a side, over its rounds; undefined if there are none. */
export function fingerprintOf(rounds: readonly Measured[]): Fingerprint | undefined {
  if (rounds.length === 0) return undefined;
  const recorded = rounds.filter(({ server }) => server !== undefined);
  const middle = (of: (round: Measured) => number | undefined, from = rounds) =>
    median(from.map(of).filter((value): value is number => value !== undefined && !Number.isNaN(value)));
  const all = (of: (round: Measured) => readonly string[]) => [...new Set(rounds.flatMap(of))].sort();
  const cpu = middle(({ cpu: used, client }) => used && used / client.answered);
  const time =
    recorded.length > 0
      ? middle(({ server }) => server?.times.p50)
      : middle(({ client }) => client.sentTimes.p50);
  return {
    recorded: recorded.length > 0,
    isSilent: recorded.length === 0 && rounds.some(({ isSilent }) => isSilent),
    processes: Math.round(middle(({ server }) => server?.processes.length, recorded)),
    threads: Math.round(middle(({ server }) => server?.threads.length, recorded)),
    slots: Math.round(middle(({ server }) => server?.slots, recorded)),
    inFlight: Math.round(middle(({ server }) => server?.inFlight, recorded)),
    open: Math.round(middle(({ client }) => client.openMost)),
    requestsPerConnection: middle(({ server }) => server?.requestsPerConnection, recorded),
    newConnections: middle(({ client }) => client.connectionsOpened / client.due),
    programs: all(({ system }) => system.programs),
    nodeEnvs: all(({ system }) => system.nodeEnvs),
    cpus: all(({ system }) => system.cpus),
    httpVersions: all(({ client }) => client.httpVersions),
    encodings: all(({ client }) => client.encodings),
    statuses: statusesOf(rounds),
    sizes: rounds[0]!.client.sizes.map((_, i) => middle(({ client }) => client.sizes[i])),
    cpu,
    cpuShare: cpu / time,
    rss: middle(({ rss }) => rss),
  };
}

function statusesOf(rounds: readonly Measured[]): Record<string, number> {
  const counts = new Map<string, number>();
  let total = 0;
  for (const { client } of rounds) {
    for (const [status, count] of Object.entries(client.statuses)) {
      counts.set(status, (counts.get(status) ?? 0) + count);
      total += count;
    }
  }
  return Object.fromEntries([...counts].sort().map(([status, count]) => [status, count / total]));
}
