import { existsSync, readFileSync } from 'node:fs';

/** CPU time used so far, in ns. */
export interface Cpu {
  /** Of the main thread; NaN where the system does not tell. */
  readonly main: number;
  /** Of all threads of the process. */
  readonly all: number;
}

// The main thread has the id of its process; the first number is its time on a CPU.
const SCHEDSTAT = `/proc/self/task/${process.pid}/schedstat`;

/** Whether the CPU time of the main thread alone is known. */
export const perThread: boolean = process.platform === 'linux' && existsSync(SCHEDSTAT);

export function cpu(): Cpu {
  // The system brings the accounting of threads up to date when it is asked for that of the process; so this comes first.
  const { user, system } = process.cpuUsage();
  const main = perThread ? Number(readFileSync(SCHEDSTAT, 'latin1').split(' ', 1)[0]) : Number.NaN;
  return { main, all: (user + system) * 1e3 };
}
