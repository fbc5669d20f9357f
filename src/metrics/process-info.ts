import type { Point } from '../record/point.ts';
import type { Sample } from '../record/sample.ts';

/**
 * A process as a point of `process-info`: `cpu` in percent of one core, `memory` (resident) in bytes, as the workshop's
 * collector writes them for processes of any kind.
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

/** This process; nothing if its CPU or memory cannot be read just now. */
export function ownProcessInfo(processType: string, sample: Sample): Point[] {
  const { cpuUser, cpuSystem, rss, stopMs } = sample;
  if (cpuUser === undefined || cpuSystem === undefined || rss === undefined) return [];
  return [processInfo(process.pid, processType, (cpuUser + cpuSystem) * 100, rss, stopMs)];
}
