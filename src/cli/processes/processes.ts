import { setTimeout as sleep } from 'node:timers/promises';
import { encodePoints } from '../../export/encode/encode-points.ts';
import { compress } from '../../export/lines/lines.ts';
import { LoggingExporter } from '../../export/logging-exporter.ts';
import { endpointOf } from '../../export/send/endpoint.ts';
import { processInfo } from '../../metrics/process-info.ts';
import { resolveOptions } from '../../options/options.ts';
import type { Point } from '../../record/point.ts';
import { logTo } from '../log.ts';
import { missingDestination } from '../missing-destination.ts';
import { err, out } from '../output.ts';
import { count, counted, table } from '../text.ts';
import { type ProcessReading, processReader } from './process-table.ts';
import { processTypes } from './process-types.ts';

/** Options of `raw-requests processes`. */
export interface ProcessesOptions {
  /** Names of programs. */
  match: string[];
  /** `type=pattern` */
  type: string[];
  /** Seconds between measurements. */
  interval: number;
  /** Measure one interval, write it, and exit. */
  once?: boolean;
}

/**
 * Writes CPU and memory of other programs of this host as `process-info`, until it is interrupted.
 *
 * @returns the exit code: 0 after an interrupt, or if `once` has stored points
 */
export async function processes(
  { match, type, interval, once = false }: ProcessesOptions,
  signal: AbortSignal,
  env: NodeJS.ProcessEnv = process.env,
): Promise<number> {
  const say = (text: string) => out.say(text);
  const read = processReader(processTypes(match, type));
  // RAW_REQUESTS is a switch for applications.
  const options = resolveOptions({}, { ...env, RAW_REQUESTS: '' });
  const { destination, timeoutMs, exitTimeoutMs, maxQueueBytes, hostname } = options;
  if (destination === undefined) {
    throw missingDestination(
      'Expected INFLUX_URL to be set, with INFLUX_DATABASE or INFLUX_BUCKET: it says where to write to',
      env,
    );
  }
  // The tag `service` names an application, not these processes.
  const { service: _, ...userTags } = options.tags;
  const tags = { ...userTags, hostname };
  const exporter = new LoggingExporter({
    destination: endpointOf(destination),
    timeoutMs,
    maxQueueBytes,
    log: logTo(err, () => `${new Date().toISOString()} `),
    label: destination.label,
    noun: 'point',
  });
  const rates = new Rates();

  let latest = rates.of(await read(), performance.now());
  if (!once) say(`Writing process-info to ${destination.label} every ${interval} s. Ctrl-C ends it.`);
  const start = performance.now();
  let lastSummary: string | undefined;
  for (let round = 1; ; round++) {
    // Skips rounds that were missed, for example while the host was suspended.
    const late = Math.max(0, Math.floor((performance.now() - start) / 1e3 / interval) - round + 1);
    round += late;
    const waitMs = start + round * interval * 1e3 - performance.now();
    await sleep(waitMs, undefined, { signal }).catch(() => {});
    if (signal.aborted) break;
    latest = rates.of(await read(), performance.now());
    if (latest.length > 0) {
      void exporter.export(compress(Buffer.from(encodePoints(latest, tags)), latest.length));
    }
    if (once) break;
    const found = summary(latest);
    if (found !== lastSummary) say(found);
    lastSummary = found;
  }

  await exporter.close(signal.aborted ? exitTimeoutMs : timeoutMs, true);
  if (once) for (const line of listing(latest)) say(line);
  const { acknowledged } = exporter.stats();
  say(`${counted(acknowledged, 'point')} stored in ${destination.label}.`);
  return once && (acknowledged < latest.length || latest.length === 0) ? 1 : 0;
}

/** Computes CPU in percent of one core, since the previous reading. */
class Rates {
  #before = new Map<string, ProcessReading>();
  #atMs = 0;

  /** @param now monotonic time, ms */
  of(readings: readonly ProcessReading[], now: number): Point[] {
    const seconds = (now - this.#atMs) / 1e3;
    const isFirst = this.#atMs === 0;
    const before = this.#before;
    this.#before = new Map(readings.map((reading) => [reading.identity, reading]));
    this.#atMs = now;
    if (isFirst) return [];
    const atMs = Date.now();
    return readings.flatMap(({ identity, pid, type, cpuSeconds, ageSeconds, memory }) => {
      // For a new process, all of its CPU time counts. An older process that has just become of interest is included
      // from the next reading on.
      const used = before.get(identity)?.cpuSeconds ?? (ageSeconds <= seconds + 0.05 ? 0 : undefined);
      if (used === undefined) return [];
      const cpu = Math.max(0, ((cpuSeconds - used) / seconds) * 100);
      return processInfo(pid, type, Math.round(cpu * 1e3) / 1e3, memory, atMs);
    });
  }
}

/** `2 nginx, 1 postgres` */
function summary(points: readonly Point[]): string {
  const counts = new Map<string, number>();
  for (const { tags } of points) counts.set(tags!.process_type!, (counts.get(tags!.process_type!) ?? 0) + 1);
  if (counts.size === 0) return 'No such process is running.';
  return `Running: ${[...counts].map(([type, n]) => `${n} ${type}`).join(', ')}.`;
}

function listing(points: readonly Point[]): string[] {
  if (points.length === 0) return [summary(points)];
  return table(
    [
      ['process_type', 'pid', 'cpu %', 'memory MB'],
      ...points.map(({ tags, floats, integers }) => [
        tags!.process_type!,
        tags!.pid!,
        floats!.cpu!.toFixed(1),
        count(integers!.memory! / 1e6),
      ]),
    ],
    'lrrr',
  );
}
