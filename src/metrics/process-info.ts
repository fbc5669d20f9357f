import type { Point } from '../record/point.ts';
import type { Sample } from '../record/sample.ts';

/**
 * A point of `process-info` for any process: `cpu` in percent of one core, `memory` (resident) in bytes. The names are
 * those of the collector in the mod_wsgi workshop, so its dashboards show these points.
 */
export function processInfo(
  pid: number,
  processType: string,
  cpu: number,
  memory: number,
  atMs: number,
): Point {
  return {
    measurement: 'process-info',
    tags: { process_type: processType, pid: String(pid) },
    floats: { cpu },
    integers: { memory },
    atMs,
  };
}

/** The point of this process; empty if its CPU time or memory could not be read. */
export function ownProcessInfo(processType: string, sample: Sample): Point[] {
  const { cpuUser, cpuSystem, rss, stopMs } = sample;
  if (cpuUser === undefined || cpuSystem === undefined || rss === undefined) return [];
  return [processInfo(process.pid, processType, (cpuUser + cpuSystem) * 100, rss, stopMs)];
}
