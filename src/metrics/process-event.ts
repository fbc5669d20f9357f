import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import type { Point } from '../record/point.ts';
import { now, wallNow } from '../safety/time.ts';

export interface ProcessNames {
  /** The tag `process_type`. */
  readonly type: string;
  readonly hostname: string;
  /** The version of the application, if it is known. */
  readonly version: string | undefined;
}

/** The start of this process as a point of `process-event`. It has the same time whenever it is made. */
export function processStarted(names: ProcessNames): Point {
  return processEvent('start', 'started', names, performance.timeOrigin, 0);
}

/** The end of this process, which is now. */
export function processStopped(names: ProcessNames): Point {
  return processEvent('stop', 'stopped', names, wallNow(), now() / 1e3);
}

function processEvent(
  event: 'start' | 'stop',
  verb: string,
  { type, hostname, version }: ProcessNames,
  atMs: number,
  uptime: number,
): Point {
  const { pid } = process;
  const node = process.versions.node;
  const name = version === undefined ? type : `${type} ${version}`;
  return {
    measurement: 'process-event',
    tags: { process_type: type, pid: String(pid) },
    floats: { uptime },
    texts: {
      event,
      node,
      text: `${name} ${verb} on ${hostname}, pid ${pid}, Node.js ${node}`,
      ...(version === undefined ? {} : { version }),
    },
    atMs,
  };
}

/** The version of the application, from npm or from the `package.json` of its folder. Undefined if there is none. */
export function applicationVersion(): string | undefined {
  const { npm_package_version: given } = process.env;
  if (given) return given;
  try {
    const { version } = JSON.parse(readFileSync(join(process.cwd(), 'package.json'), 'utf8'));
    return typeof version === 'string' && version !== '' ? version : undefined;
  } catch {
    return undefined; // An application needs no package.json, and may not be allowed to read it.
  }
}
