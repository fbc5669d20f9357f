import { setTimeout as delay } from 'node:timers/promises';
import type { LoadProcess } from '../load/load.ts';
import type { LoadOrder, LoadResult } from '../load/messages.ts';
import type { Limits, SidePlan } from '../plan/plan.ts';
import { inspect } from '../side/inspect.ts';
import { RunningSide } from '../side/running-side.ts';
import { type ClientFigures, clientFigures, type ServerFigures, serverFigures } from './figures.ts';
import { readMachine, since } from './machine.ts';
import type { Measured, RoundResult } from './measured.ts';
import { Points } from './points.ts';
import type { Sink, Written } from './sink.ts';
import { voidReasons } from './validity.ts';

/** What all rounds have in common. */
export interface Equipment {
  readonly load: LoadProcess;
  readonly sink: Sink;
  readonly limits: Limits;
  readonly signal: AbortSignal;
}

/** Requests that asked whether the side is ready have ended by then: their points begin before those of the load. */
const PAUSE_MS = 40;
/** The side and the load read the same clock, in whole ms, and may be late to read it. */
const CLOCKS_APART_MS = 10;
/** A writer sends once a second. Points are waited for as long as more requests come. */
const POINTS_MS = 2500;

/**
 * A round: starts the side, sends the load, waits for the points, ends the side.
 *
 * @param tags further tags of the points
 * @throws {SideError} if the side does not start, or ends
 */
export async function runRound(
  plan: SidePlan,
  order: Omit<LoadOrder, 'url'>,
  tags: Readonly<Record<string, string>>,
  { load, sink, limits, signal }: Equipment,
): Promise<RoundResult> {
  sink.take();
  const side = await RunningSide.start(plan, sink.url, tags, signal);
  try {
    await delay(PAUSE_MS);
    let before = { machine: readMachine(), usage: side.usage(), own: process.cpuUsage() };
    const result = await load.send({ ...order, url: side.url }, signal, () => {
      before = { machine: readMachine(), usage: side.usage(), own: process.cpuUsage() };
    });
    const after = { machine: readMachine(), usage: side.usage(), own: process.cpuUsage(before.own) };
    if (side.hasEnded) throw side.error('ended while it was under load.');
    const system = inspect(after.usage?.pids ?? []);
    if (result.answered === 0) throw side.error('answered no request of the load.');

    const { points, written } = await collect(sink, result, signal);
    const client = clientFigures(result, order.mix.length);
    const inLoad = points.countFrom(result.startedMs - CLOCKS_APART_MS);
    const server = serverFigures(points, result.measuredMs);
    const measured: Measured = {
      client,
      server,
      points: inLoad === 0 ? undefined : inLoad,
      errors: errorShare(client),
      cpu: before.usage && after.usage && after.usage.cpu - before.usage.cpu,
      rss: after.usage?.rss,
      ownCpu: (after.own.user + after.own.system) / 1e6,
      machine: since(before.machine, after.machine),
      endedProcesses: endedOf(server, after.usage?.pids ?? []),
      system,
    };
    return { measured, voids: voidReasons(measured, result, limits), load: result, points, written };
  } finally {
    await side.stop();
  }
}

/** Reads what the side writes, until there is a point for each answer or no more come. */
async function collect(
  sink: Sink,
  { answered, startedMs }: LoadResult,
  signal: AbortSignal,
): Promise<{ points: Points; written: Written[] }> {
  const points = new Points();
  const written: Written[] = [];
  let count = 0;
  for (let lastMs = performance.now(); count < answered && performance.now() < lastMs + POINTS_MS; ) {
    await sink.next(POINTS_MS);
    signal.throwIfAborted();
    const more = sink.take();
    for (const body of more) points.add(body);
    written.push(...more);
    const before = count;
    count = points.countFrom(startedMs - CLOCKS_APART_MS);
    // Other points, such as those of the process, come for as long as it runs.
    if (count > before) lastMs = performance.now();
  }
  return { points, written };
}

function errorShare({ due, answered, statuses }: ClientFigures): number {
  const refused = Object.entries(statuses).reduce(
    (sum, [status, count]) => sum + (Number(status) >= 400 ? count : 0),
    0,
  );
  return due === 0 ? 1 : (due - answered + refused) / due;
}

/** Processes by their tag, `host:pid`, whose pid is gone. Pids of a container are others: nothing is known then. */
function endedOf(server: ServerFigures | undefined, pids: readonly number[]): string[] {
  const names = server?.processes ?? [];
  const isAlive = (name: string) => pids.includes(Number(/:(\d+)$/.exec(name)?.[1]));
  return names.some(isAlive) ? names.filter((name) => !isAlive(name)) : [];
}
