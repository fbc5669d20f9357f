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

/** Programs that start others, or take what they print. */
const HELPERS = new Set(
  'sh dash bash busybox zsh env nice taskset timeout sudo tee cat tail logger rotatelogs sleep'.split(' '),
);
const VERSION_TIMEOUT_MS = 2000;
const versions = new Map<string, string>();

/** @param pids of the processes that answered; of all of a side, where that is not known; empty where none are */
export function inspect(pids: readonly number[]): SystemFacts {
  const programs = new Set<string>();
  const nodeEnvs = new Set<string>();
  const cpus = new Set<string>();
  for (const pid of pids) {
    try {
      const path = readlinkSync(`/proc/${pid}/exe`);
      if (HELPERS.has(basename(path))) continue;
      programs.add(programOf(path) + interpreterOf(pid, path));
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

/** How programs print their version: `v20.20.2`, `Python 3.13.5`, `Server version: Apache/2.4.65 (Debian)`. */
const VERSIONS: readonly (readonly [name: RegExp, option: string, version: RegExp])[] = [
  [/^(?:node|bun|deno|python[\d.]*)$/, '--version', /^.*/],
  [/^(?:apache2|httpd)$/, '-v', /(?<=Apache\/)[\d.]+/],
];
const PYTHON = /\/libpython(\d+\.\d+)/;

/** The name of a program, with the version of those that are known to print it. */
function programOf(path: string): string {
  const name = basename(path);
  const [, option, pattern] = VERSIONS.find(([known]) => known.test(name)) ?? [];
  if (option === undefined) return name;
  let version = versions.get(path);
  if (version === undefined) {
    try {
      // Not with the options that the sides are given.
      const { NODE_OPTIONS: _, ...env } = process.env;
      const options = { encoding: 'utf8', timeout: VERSION_TIMEOUT_MS, env } as const;
      version = pattern!.exec(execFileSync(path, [option], options))?.[0].trim() ?? '';
    } catch {
      version = '';
    }
    versions.set(path, version);
  }
  return `${name} ${version}`.trim();
}

/** The Python in a process that is another program, as mod_wsgi has one: ` with Python 3.13`. */
function interpreterOf(pid: number, path: string): string {
  if (/^python/.test(basename(path))) return '';
  const version = PYTHON.exec(readFileSync(`/proc/${pid}/maps`, 'utf8'))?.[1];
  return version === undefined ? '' : ` with Python ${version}`;
}
