import { readdirSync, readFileSync } from 'node:fs';
import { CliError } from '../cli-error.ts';
import type { TypeOf } from './process-types.ts';

/** The current CPU and memory of a process. */
export interface ProcessReading {
  readonly type: string;
  readonly pid: number;
  /** Pid and start time, since another process may get the same pid later. */
  readonly identity: string;
  /** CPU time used since its start, s. */
  readonly cpuSeconds: number;
  /** Time since its start, s. */
  readonly ageSeconds: number;
  /** Resident memory, bytes. */
  readonly memory: number;
}

/** Reads all processes of this host that have a type, except this process. */
export type ReadProcesses = () => Promise<ProcessReading[]>;

/** The unit of times in `/proc`, USER_HZ, which is 100 on all platforms of Node. */
const TICKS_PER_SECOND = 100;

export function processReader(typeOf: TypeOf, platform: NodeJS.Platform = process.platform): ReadProcesses {
  return platform === 'linux' ? linuxReader(typeOf) : libraryReader(typeOf);
}

/**
 * Reads processes from `/proc`: a short file per process, 2.5 ms for 140 of them. With libraries, two would be needed,
 * one to list processes and one to measure them, and the first one runs `ps` each time.
 */
function linuxReader(typeOf: TypeOf): ReadProcesses {
  // The type of a process is determined once, and again if its name changes because it runs another program.
  let types = new Map<string, string | undefined>();
  return async () => {
    const uptime = Number.parseFloat(readFileSync('/proc/uptime', 'utf8'));
    const readings: ProcessReading[] = [];
    const seen: typeof types = new Map();
    for (const pid of readdirSync('/proc')) {
      if (!/^\d+$/.test(pid) || pid === String(process.pid)) continue;
      try {
        const { name, startTicks, cpuTicks } = parseStat(readFileSync(`/proc/${pid}/stat`, 'utf8'));
        const identity = `${pid} ${startTicks}`;
        const key = `${identity} ${name}`;
        const type = types.has(key) ? types.get(key) : typeOf({ name, args: argsOf(pid) });
        seen.set(key, type);
        if (type === undefined) continue;
        const memory = residentBytes(readFileSync(`/proc/${pid}/status`, 'utf8'));
        if (memory === undefined) continue; // a zombie, or a thread of the kernel
        readings.push({
          type,
          pid: Number(pid),
          identity,
          cpuSeconds: cpuTicks / TICKS_PER_SECOND,
          ageSeconds: uptime - startTicks / TICKS_PER_SECOND,
          memory,
        });
      } catch {
        // The process has ended, or this user may not read it.
      }
    }
    types = seen;
    return readings;
  };
}

/** Fields of proc_pid_stat(5). The name is in parentheses, and may contain parentheses itself. */
export function parseStat(text: string): { name: string; startTicks: number; cpuTicks: number } {
  const end = text.lastIndexOf(')');
  const fields = text.slice(end + 2).split(' ');
  return {
    name: text.slice(text.indexOf('(') + 1, end),
    cpuTicks: Number(fields[11]) + Number(fields[12]),
    startTicks: Number(fields[19]),
  };
}

function argsOf(pid: string): string[] {
  const text = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  return text.split('\0').filter((arg) => arg !== '');
}

function residentBytes(status: string): number | undefined {
  const kib = /^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1];
  return kib === undefined ? undefined : Number(kib) * 1024;
}

/** The functions of `ps-list` and `pidusage`. */
type ListProcesses = () => Promise<{ pid: number; name: string; cmd?: string }[]>;
type MeasureProcesses = (
  pids: number[],
) => Promise<Record<string, { ctime: number; elapsed: number; memory: number; timestamp: number } | null>>;

/** Reads processes with libraries, for systems without `/proc`. */
function libraryReader(typeOf: TypeOf): ReadProcesses {
  let loaded: Promise<[ListProcesses, MeasureProcesses]> | undefined;
  return async () => {
    loaded ??= Promise.all([load<ListProcesses>('ps-list'), load<MeasureProcesses>('pidusage')]);
    const [list, measure] = await loaded;
    const types = new Map<number, string>();
    for (const { pid, name, cmd = '' } of await list()) {
      const type = pid === process.pid ? undefined : typeOf({ name, args: cmd.split(' ') });
      if (type !== undefined) types.set(pid, type);
    }
    if (types.size === 0) return [];
    // `pidusage` rejects if all of the processes have ended.
    const measured = await measure([...types.keys()]).catch(
      (): Awaited<ReturnType<MeasureProcesses>> => ({}),
    );
    return [...types].flatMap(([pid, type]) => {
      const found = measured[pid];
      if (!found) return []; // has ended
      const { ctime, elapsed, memory, timestamp } = found;
      // Rounded to ten seconds, because both times are rounded as well.
      const identity = `${pid} ${Math.round((timestamp - elapsed) / 10_000)}`;
      return { type, pid, identity, cpuSeconds: ctime / 1e3, ageSeconds: elapsed / 1e3, memory };
    });
  };
}

async function load<T>(name: string): Promise<T> {
  try {
    return (await import(name)).default;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw new CliError(
      `On ${process.platform}, processes are read with two more packages: npm install ps-list pidusage`,
    );
  }
}
