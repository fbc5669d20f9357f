import { execFileSync } from 'node:child_process';
import { readFileSync, readlinkSync } from 'node:fs';
import { basename } from 'node:path';

/** What the operating system says of the processes of a side. */
export interface SystemFacts {
  /** The programs that run, with their versions where they tell them: `node v20.20.2`. */
  readonly programs: readonly string[];
  /** Different values of NODE_ENV; `(none)` where it is not set. */
  readonly nodeEnvs: readonly string[];
  /** CPUs that they may run on: `0-3`. */
  readonly cpus: readonly string[];
}

const SHELLS = new Set(['sh', 'dash', 'bash', 'busybox', 'zsh']);
const VERSION_TIMEOUT_MS = 2000;
const versions = new Map<string, string>();

/** @param pids of the processes of a side; empty where they are not known */
export function inspect(pids: readonly number[]): SystemFacts {
  const programs = new Set<string>();
  const nodeEnvs = new Set<string>();
  const cpus = new Set<string>();
  for (const pid of pids) {
    try {
      const path = readlinkSync(`/proc/${pid}/exe`);
      if (SHELLS.has(basename(path))) continue;
      programs.add(programOf(path));
      const environment = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
      const nodeEnv = environment.find((pair) => pair.startsWith('NODE_ENV='));
      nodeEnvs.add(nodeEnv?.slice('NODE_ENV='.length) ?? '(none)');
      const allowed = /^Cpus_allowed_list:\s*(\S+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
      if (allowed !== undefined) cpus.add(allowed);
    } catch {
      // It has ended, or belongs to another user.
    }
  }
  const sorted = (set: Set<string>) => [...set].sort();
  return { programs: sorted(programs), nodeEnvs: sorted(nodeEnvs), cpus: sorted(cpus) };
}

/** The name of a program, with the version of those that are known to print it and nothing else. */
function programOf(path: string): string {
  const name = basename(path);
  if (!/^(?:node|bun|deno|python[\d.]*)$/.test(name)) return name;
  let version = versions.get(path);
  if (version === undefined) {
    try {
      // Not with the options that the sides are given.
      const { NODE_OPTIONS: _, ...env } = process.env;
      const options = { encoding: 'utf8', timeout: VERSION_TIMEOUT_MS, env } as const;
      version = execFileSync(path, ['--version'], options).split('\n')[0]!.trim();
    } catch {
      version = '';
    }
    versions.set(path, version);
  }
  return `${name} ${version}`.trim();
}
