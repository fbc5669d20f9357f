import { writeSync } from 'node:fs';
import os from 'node:os';
import { NOTHING_RECORDED } from '../../options/idle.ts';
import { isFirst } from '../../safety/once.ts';
import { printableJson } from '../../safety/printable.ts';
import { wallNow } from '../../safety/time.ts';

/** pino's number for the level `warn`. */
const WARN = 40;

/** Recorders of this process, by destination. */
const registry = globalThis as { [key: symbol]: ReadonlyMap<string, unknown> | undefined };

/**
 * Logs that nothing is recorded, unless the application has created a recorder since, or this was logged before. The
 * line looks like one of pino, but is written without it: loading pino takes tens of milliseconds, in which the process
 * would not serve requests.
 */
export function tellIdle(msg: string = NOTHING_RECORDED): void {
  if (registry[Symbol.for('raw-requests')]?.size || !isFirst('advice')) return;
  const about = { level: WARN, time: wallNow(), pid: process.pid, hostname: os.hostname() };
  try {
    writeSync(2, `${printableJson({ ...about, name: 'raw-requests', msg })}\n`);
  } catch {
    // stderr is closed, or its pipe is full.
  }
}
