import { createHash, randomBytes } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import os from 'node:os';
// Not through options.ts: the worker thread needs none of what checks settings.
import { type Destination, keyOf } from '../../options/destination/destination.ts';

/** A thread of a process, named so that no other one, at any time, on any host, has the same name. */
export interface Owner {
  /** For people to read. */
  readonly hostname: string;
  /** 0 is noOwner. */
  readonly pid: number;
  /** The system's number of the thread. */
  readonly thread: number;
  /** When the thread started, in ticks since the host's boot: tells it from a unavailable one with the same number. */
  readonly started: number;
  /** The boot and the pid namespace in which these numbers mean something. */
  readonly scope: string;
}

/** What the name of a folder in the spool tells. */
export interface OwnedFolder extends Owner {
  /** What the lines in it are for. */
  readonly key: string;
  /** The lines are those of another process, which is dead. */
  readonly adopted: boolean;
}

/** Where there is no usable /proc: whether an owner lives shows only in what it does. */
const NO_SCOPE = '0'.repeat(12);

const FOLDER =
  /^([A-Za-z0-9.-]{1,64})_(\d+)_(\d+)_(\d+)_([0-9a-f]{12})_([0-9a-f]{12})_[0-9a-f]{12}(_adopted)?$/;

/** The calling thread. */
export function thisThread(): Owner {
  const hostname = os.hostname().replace(/[^A-Za-z0-9.-]/g, '-');
  const host = hostname.slice(0, 64) || 'localhost';
  try {
    const [pid = 0, thread = 0] = readlinkSync('/proc/thread-self').split('/task/').map(Number);
    // A /proc of another pid namespace would answer for other processes than ours.
    if (pid !== process.pid) throw new Error('not our /proc');
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8');
    const scope = digest(`${boot} ${readlinkSync('/proc/self/ns/pid')}`);
    return { hostname: host, pid, thread, started: statusOf(pid, thread).started, scope };
  } catch {
    return { hostname: host, pid: process.pid, thread: 0, started: 0, scope: NO_SCOPE };
  }
}

/** Nobody: a folder of this owner may be adopted at once. */
export function noOwner({ hostname }: Owner): Owner {
  return { hostname, pid: 0, thread: 0, started: 0, scope: NO_SCOPE };
}

/** Where points go, as a short name: only spools with the same key deliver each other's lines. */
export function spoolKey(destination: Pick<Destination, 'url' | 'writePath'>): string {
  return digest(keyOf(destination));
}

/** A name that noOwner has used yet. */
export function folderName(
  { hostname, pid, thread, started, scope }: Owner,
  key: string,
  adopted: boolean,
): string {
  const random = randomBytes(6).toString('hex');
  return `${hostname}_${pid}_${thread}_${started}_${scope}_${key}_${random}${adopted ? '_adopted' : ''}`;
}

/** What a name tells, or undefined if it is not one of ours. */
export function parseFolderName(name: string): OwnedFolder | undefined {
  const match = FOLDER.exec(name);
  if (match === null) return undefined;
  const [, hostname = '', pid, thread, started, scope = '', key = '', adopted] = match;
  const numbers = { pid: Number(pid), thread: Number(thread), started: Number(started) };
  return { hostname, ...numbers, scope, key, adopted: adopted !== undefined };
}

/** Whether an owner still runs. `unknown` in another container, on another host and before the last boot. */
export function isRunning(owner: Owner, self: Owner): 'yes' | 'no' | 'unknown' {
  if (owner.pid === 0) return 'no';
  if (owner.scope !== self.scope || owner.scope === NO_SCOPE) return 'unknown';
  try {
    const { state, started } = statusOf(owner.pid, owner.thread);
    // A killed process that noOwner has waited for is still listed, as Z.
    return started === owner.started && state !== 'Z' && state !== 'X' ? 'yes' : 'no';
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' || code === 'ESRCH' ? 'no' : 'unknown';
  }
}

/** Whether `owner` is, or was, a thread of the process that `self` runs in. */
export function isSameProcess(owner: Owner, self: Owner): boolean {
  if (owner.scope !== self.scope || owner.scope === NO_SCOPE || owner.pid !== self.pid) return false;
  try {
    // A thread that is older than its process is one of an earlier process with this pid.
    return owner.started >= statusOf(self.pid, self.pid).started;
  } catch {
    return false;
  }
}

function statusOf(pid: number, thread: number): { state: string; started: number } {
  const text = readFileSync(`/proc/${pid}/task/${thread}/stat`, 'latin1');
  // proc(5): the second field is the name, in brackets, and may itself hold any character.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const started = Number(fields[19]);
  if (!Number.isSafeInteger(started)) throw new Error('not the status of a thread');
  return { state: fields[0] ?? '', started };
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 12);
}
