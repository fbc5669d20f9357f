import { readdirSync, readFileSync } from 'node:fs';

/** What a process and its descendants have used. */
export interface TreeUsage {
  readonly pids: readonly number[];
  /** CPU time, those of them that have ended included, s. */
  readonly cpu: number;
  /** Resident memory, bytes. */
  readonly rss: number;
  readonly threads: number;
}

/** USER_HZ, the unit of times in `/proc`: 100 on all platforms of Node. */
const TICKS_PER_SECOND = 100;

/** A process as `/proc` has it at one moment. */
export interface Stat {
  readonly pid: number;
  readonly parent: number;
  readonly ticks: number;
  readonly threads: number;
  readonly pages: number;
}

/**
 * What processes and their descendants have used. A daemon is no descendant of the command that started it, so a side can
 * have several.
 *
 * @param stats of all processes, by {@link readProcesses}
 */
export function usageOf(stats: readonly Stat[], roots: readonly number[]): TreeUsage {
  const tree = new Set(roots);
  // A child may come before its parent in the list: until nothing is added.
  for (let size = 0; size !== tree.size; ) {
    size = tree.size;
    for (const { pid, parent } of stats) if (tree.has(parent)) tree.add(pid);
  }
  const own = stats.filter(({ pid }) => tree.has(pid));
  const sum = (of: (stat: Stat) => number) => own.reduce((total, stat) => total + of(stat), 0);
  return {
    pids: own.map(({ pid }) => pid),
    cpu: sum(({ ticks }) => ticks) / TICKS_PER_SECOND,
    rss: sum(({ pages }) => pages) * 4096,
    threads: sum(({ threads }) => threads),
  };
}

/** All processes, from `/proc`; undefined where there is none, as on macOS and Windows. */
export function readProcesses(): Stat[] | undefined {
  let names: string[];
  try {
    names = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  } catch {
    return undefined;
  }
  if (names.length === 0) return undefined;
  return names.flatMap((name) => {
    try {
      return [parseStat(Number(name), readFileSync(`/proc/${name}/stat`, 'utf8'))];
    } catch {
      return []; // it has ended
    }
  });
}

/** Fields of proc_pid_stat(5). The second one, the name in parentheses, may contain anything. */
function parseStat(pid: number, text: string): Stat {
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const at = (field: number) => Number(fields[field - 3]);
  // utime, stime, and the same of children that have ended and were waited for.
  return { pid, parent: at(4), ticks: at(14) + at(15) + at(16) + at(17), threads: at(20), pages: at(24) };
}
