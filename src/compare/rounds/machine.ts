import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';

/** What the machine has done since it was started; undefined is what this system does not tell. */
export interface MachineReading {
  /** CPU time of all programs, s. */
  readonly busy: number | undefined;
  /** CPU time that the hypervisor gave to others, s. */
  readonly stolen: number | undefined;
  /** How often a CPU was slowed down because it was hot. */
  readonly thermal: number | undefined;
  /** How long programs of this control group waited because it had used up its CPU time, s. */
  readonly throttled: number | undefined;
}

const TICKS_PER_SECOND = 100;

export const CORES: number = availableParallelism();

export function readMachine(): MachineReading {
  // user nice system idle iowait irq softirq steal, proc_stat(5)
  const ticks = /^cpu +(.*)$/m.exec(read('/proc/stat'))?.[1]?.split(' ').map(Number);
  const seconds = (fields: readonly number[]) =>
    ticks && fields.reduce((sum, field) => sum + (ticks[field] ?? 0), 0) / TICKS_PER_SECOND;
  return {
    busy: seconds([0, 1, 2, 5, 6]),
    stolen: seconds([7]),
    thermal: thermalEvents(),
    throttled: throttledSeconds(),
  };
}

/** What has changed between two readings. */
export function since(before: MachineReading, after: MachineReading): MachineReading {
  const change = (of: keyof MachineReading) => {
    const [from, to] = [before[of], after[of]];
    return from === undefined || to === undefined ? undefined : to - from;
  };
  return {
    busy: change('busy'),
    stolen: change('stolen'),
    thermal: change('thermal'),
    throttled: change('throttled'),
  };
}

/** How the clock rate of the CPUs is chosen; undefined where that is not told. */
export function governor(): string | undefined {
  return read('/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor').trim() || undefined;
}

function thermalEvents(): number | undefined {
  let sum: number | undefined;
  for (let cpu = 0; cpu < CORES; cpu++) {
    const text = read(`/sys/devices/system/cpu/cpu${cpu}/thermal_throttle/core_throttle_count`).trim();
    if (text !== '') sum = (sum ?? 0) + Number(text);
  }
  return sum;
}

/** Of version 2 of control groups, else of version 1. */
function throttledSeconds(): number | undefined {
  const own = /^0::(.*)$/m.exec(read('/proc/self/cgroup'))?.[1] ?? '';
  const usec = /^throttled_usec (\d+)$/m.exec(read(`/sys/fs/cgroup${own}/cpu.stat`))?.[1];
  if (usec !== undefined) return Number(usec) / 1e6;
  const nsec = /^throttled_time (\d+)$/m.exec(read('/sys/fs/cgroup/cpu/cpu.stat'))?.[1];
  return nsec === undefined ? undefined : Number(nsec) / 1e9;
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
