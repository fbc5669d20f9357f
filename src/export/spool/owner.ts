import { createHash, randomBytes } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import os from 'node:os';
// Not from options.ts, because the worker thread does not need the checks of settings.
import { type Destination, keyOf } from '../../options/destination/destination.ts';

/** A thread of a process. Its name is unique over time and hosts. */
export interface Owner {
  /** For people to read. */
  readonly hostname: string;
  /** 0 if there is no owner. */
  readonly pid: number;
  /** The thread number of the operating system. */
  readonly thread: number;
  /**
   * The start of the thread, in ticks since the host's boot. Distinguishes it from a later thread with the same
   * number.
   */
  readonly started: number;
  /** The boot and the pid namespace in which these numbers are valid. */
  readonly scope: string;
}

/** The parts of a folder name in the spool. */
export interface OwnedFolder extends Owner {
  /** The database that its lines are for. */
  readonly key: string;
  /** Whether its lines are those of another process, which is dead. */
  readonly adopted: boolean;
}

/** The scope if there is no usable /proc. It is then unknown whether an owner runs. */
const NO_SCOPE = '0'.repeat(12);

const FOLDER =
  /^([A-Za-z0-9.-]{1,64})_(\d+)_(\d+)_(\d+)_([0-9a-f]{12})_([0-9a-f]{12})_[0-9a-f]{12}(_adopted)?$/;

/** The owner for the calling thread. */
export function thisThread(): Owner {
  const hostname = os.hostname().replace(/[^A-Za-z0-9.-]/g, '-');
  const host = hostname.slice(0, 64) || 'localhost';
  try {
    const [pid = 0, thread = 0] = readlinkSync('/proc/thread-self').split('/task/').map(Number);
    // A /proc of another pid namespace would describe other processes.
    if (pid !== process.pid) throw new Error('not our /proc');
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8');
    const scope = digest(`${boot} ${readlinkSync('/proc/self/ns/pid')}`);
    return { hostname: host, pid, thread, started: statusOf(pid, thread).started, scope };
  } catch {
    return { hostname: host, pid: process.pid, thread: 0, started: 0, scope: NO_SCOPE };
  }
}

/** The owner of folders that may be adopted at once. */
export function noOwner({ hostname }: Owner): Owner {
  return { hostname, pid: 0, thread: 0, started: 0, scope: NO_SCOPE };
}

/** Where lines are to go. */
export type Destined = Pick<Destination, 'url' | 'writePath'>;

/** A short name of a database. Only spools with the same key deliver each other's lines. */
export function spoolKey(destination: Destined): string {
  return digest(keyOf(destination));
}

/** A unique name. */
export function folderName(
  { hostname, pid, thread, started, scope }: Owner,
  key: string,
  adopted: boolean,
): string {
  const random = randomBytes(6).toString('hex');
  return `${hostname}_${pid}_${thread}_${started}_${scope}_${key}_${random}${adopted ? '_adopted' : ''}`;
}

/** The parts of a folder name; undefined if it is not one of the spool. */
export function parseFolderName(name: string): OwnedFolder | undefined {
  const match = FOLDER.exec(name);
  if (match === null) return undefined;
  const [, hostname = '', pid, thread, started, scope = '', key = '', adopted] = match;
  const numbers = { pid: Number(pid), thread: Number(thread), started: Number(started) };
  return { hostname, ...numbers, scope, key, adopted: adopted !== undefined };
}

/** Whether an owner still runs. `unknown` in another container, on another host, and from before the last boot. */
export function isRunning(owner: Owner, self: Owner): 'yes' | 'no' | 'unknown' {
  if (owner.pid === 0) return 'no';
  if (owner.scope !== self.scope || owner.scope === NO_SCOPE) return 'unknown';
  try {
    const { state, started } = statusOf(owner.pid, owner.thread);
    // A killed process is listed as Z until its parent has waited for it.
    return started === owner.started && state !== 'Z' && state !== 'X' ? 'yes' : 'no';
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' || code === 'ESRCH' ? 'no' : 'unknown';
  }
}

/** Whether `owner` is or was a thread of the process of `self`. */
export function isSameProcess(owner: Owner, self: Owner): boolean {
  if (owner.scope !== self.scope || owner.scope === NO_SCOPE || owner.pid !== self.pid) return false;
  try {
    // A thread that is older than its process belongs to an earlier process with the same pid.
    return owner.started >= statusOf(self.pid, self.pid).started;
  } catch {
    return false;
  }
}

function statusOf(pid: number, thread: number): { state: string; started: number } {
  const text = readFileSync(`/proc/${pid}/task/${thread}/stat`, 'latin1');
  // proc(5): the second field is the name in parentheses, which may contain any character.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const started = Number(fields[19]);
  if (!Number.isSafeInteger(started)) throw new Error('not the status of a thread');
  return { state: fields[0] ?? '', started };
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 12);
}
