import { writeSync } from 'node:fs';
import os from 'node:os';
import { NOTHING_RECORDED } from '../../options/idle.ts';
import { isFirst } from '../../safety/once.ts';
import { printableJson } from '../../safety/printable.ts';
import { wallNow } from '../../safety/time.ts';

/** As pino writes it. */
const WARN = 40;

/** Recorders of this process, by destination. */
const registry = globalThis as { [key: symbol]: ReadonlyMap<string, unknown> | undefined };

/**
 * Says that nothing is recorded, unless the application has made a recorder meanwhile, or was told already. It is a line
 * of the log, written without loading the log: that takes tens of milliseconds, and the process is serving.
 */
export function tellIdle(msg: string = NOTHING_RECORDED): void {
  if (registry[Symbol.for('raw-requests')]?.size || !isFirst('advice')) return;
  const about = { level: WARN, time: wallNow(), pid: process.pid, hostname: os.hostname() };
  try {
    writeSync(2, `${printableJson({ ...about, name: 'raw-requests', msg })}\n`);
  } catch {
    // There is no stderr, or it takes nothing just now.
  }
}
