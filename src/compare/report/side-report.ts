import type { SidePlan } from '../plan/plan.ts';
import type { SideReport } from '../result.ts';
import type { Times } from '../rounds/figures.ts';
import type { Measured } from '../rounds/measured.ts';
import { median } from '../statistics/quantile.ts';

/** The medians of a side's rounds; null if there are none. */
export function sideReport({ name, command }: SidePlan, rounds: readonly Measured[]): SideReport | null {
  const last = rounds.at(-1);
  if (last === undefined) return null;
  const recorded = rounds.filter(({ server }) => server !== undefined);
  const cpus = rounds.flatMap(({ cpu, client }) => (cpu === undefined ? [] : [cpu / client.answered]));
  const sizes = rounds.flatMap(({ rss }) => (rss === undefined ? [] : [rss]));
  const queued = recorded.filter(({ server }) => !Number.isNaN(server!.queueTimes.p50));
  return {
    name,
    command: command ?? null,
    requests: rounds.reduce((sum, { client }) => sum + client.due, 0),
    errors: median(rounds.map(({ errors }) => errors)),
    throughput: median(rounds.map(({ client }) => client.throughput)),
    client: middleOf(rounds.map(({ client }) => client.times)),
    clientFromSent: middleOf(rounds.map(({ client }) => client.sentTimes)),
    server: recorded.length === 0 ? null : middleOf(recorded.map(({ server }) => server!.times)),
    queue: queued.length === 0 ? null : middleOf(queued.map(({ server }) => server!.queueTimes)),
    routes: last.server?.routes ?? [],
    cpu: cpus.length === 0 ? null : median(cpus),
    rss: sizes.length === 0 ? null : median(sizes),
  };
}

function middleOf(times: readonly Times[]): Times {
  const names = Object.keys(times[0]!) as (keyof Times)[];
  const middles = names.map((name) => [name, median(times.map((one) => one[name]))] as const);
  return Object.fromEntries(middles) as unknown as Times;
}
