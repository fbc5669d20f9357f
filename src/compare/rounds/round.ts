import { hostname } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import type { LoadProcess } from '../load/load.ts';
import type { LoadOrder, LoadResult } from '../load/messages.ts';
import type { Limits, SidePlan } from '../plan/plan.ts';
import { inspect } from '../side/inspect.ts';
import { readProcesses, type TreeUsage, usageOf } from '../side/process-tree.ts';
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
    let before = { machine: readMachine(), processes: readProcesses(), own: process.cpuUsage() };
    const result = await load.send({ ...order, url: side.url }, signal, () => {
      before = { machine: readMachine(), processes: readProcesses(), own: process.cpuUsage() };
    });
    const after = { machine: readMachine(), processes: readProcesses(), own: process.cpuUsage(before.own) };
    if (side.hasEnded) throw side.error('ended while it was under load.');
    if (result.answered === 0) throw side.error('answered no request of the load.');

    const { points, written } = await collect(sink, result, signal);
    const client = clientFigures(result, order.mix.length);
    const inLoad = points.countFrom(result.startedMs - CLOCKS_APART_MS);
    const server = serverFigures(points, result.measuredMs);
    const { serving, of } = usages(side.pid, server);
    const [from, to] = [of(before.processes), of(after.processes)];
    side.adopt(serving);
    const measured: Measured = {
      client,
      server,
      points: inLoad === 0 ? undefined : inLoad,
      isSilent: inLoad === 0 && points.store.counters().kept > 0,
      errors: errorShare(client),
      cpu: from && to && to.cpu - from.cpu,
      rss: to?.rss,
      ownCpu: (after.own.user + after.own.system) / 1e6,
      machine: since(before.machine, after.machine),
      endedProcesses: endedOf(server, to?.pids ?? []),
      system: inspect(serving.length > 0 ? serving : (to?.pids ?? [])),
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

/** Pids that are read of tags, `host:pid`, of this machine. Those of a container are others, and so is its name. */
function pidsOf(server: ServerFigures | undefined): number[] {
  const prefix = `${hostname()}:`;
  const names = server?.processes.filter((name) => name.startsWith(prefix)) ?? [];
  return names.map((name) => Number(name.slice(prefix.length)));
}

/** What a side uses: the command that was started, with its descendants, and what answered its requests. */
function usages(pid: number | undefined, server: ServerFigures | undefined) {
  const pids = pid === undefined ? [] : pidsOf(server);
  const running = new Set(readProcesses()?.map((one) => one.pid));
  const serving = pids.filter((one) => running.has(one));
  const of = (processes: ReturnType<typeof readProcesses>): TreeUsage | undefined =>
    pid === undefined || processes === undefined ? undefined : usageOf(processes, [pid, ...serving]);
  return { serving, of };
}

/** Processes by their tag, `host:pid`, whose pid is gone. Pids of a container are others: nothing is known then. */
function endedOf(server: ServerFigures | undefined, pids: readonly number[]): string[] {
  const names = server?.processes ?? [];
  const isAlive = (name: string) => pids.includes(Number(/:(\d+)$/.exec(name)?.[1]));
  return names.some(isAlive) ? names.filter((name) => !isAlive(name)) : [];
}
