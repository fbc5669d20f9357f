import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { descriptorsOf } from '../faults/descriptors.ts';
import type { Application } from './applications.ts';

const SETTLE_MS = 180_000;
const LOOK_MS = 200;
const NEXT_WORD_MS = 1500;
const MIB = 1 << 20;
/** What Linux calls a tick of the times in /proc: proc(5). */
const TICK_S = 0.01;

/** Memory in use, MiB. */
export function rssOf(pid: number): number {
  const kib = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1];
  return (Number(kib) * 1024) / MIB;
}

/** CPU that it has used, s. */
export function cpuOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]!.split(' ');
  return (Number(fields[11]) + Number(fields[12])) * TICK_S;
}

/** What an application has when it has nothing to do. */
export interface Rest {
  readonly descriptors: readonly string[];
  readonly handles: number;
}

/** Waits until nothing is open, queued or spooled, and no more descriptors are there than before. */
export async function atRest(app: Application, before?: Rest): Promise<Rest> {
  const deadline = performance.now() + SETTLE_MS;
  for (;;) {
    const { records, stats, served, open } = app.word();
    const descriptors = descriptorsOf(app.pid);
    const rests =
      open === 0 && stats.recorded === (records ? served : 0) && stats.queued + stats.spooled === 0;
    const leaks = before !== undefined && descriptors.length > before.descriptors.length;
    if ((rests && !leaks) || performance.now() > deadline) break;
    await sleep(LOOK_MS);
  }
  await sleep(NEXT_WORD_MS); // timers of requests that their clients have left are over by then
  return { descriptors: descriptorsOf(app.pid), handles: app.word().handles };
}

/** How many there are of each kind. */
export function kindsOf(descriptors: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const target of descriptors) {
    const kind = target.startsWith('/') ? target : (/^[^:[\]]+/.exec(target)?.[0] ?? target);
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  return [...counts].map(([kind, count]) => `${count} ${kind}`).join(', ');
}
