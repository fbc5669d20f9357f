import { writeSync } from 'node:fs';
import type { Logger, LogLevel } from '../options/options.ts';
import { wallNow } from '../safety/time.ts';

/** As pino has them. */
const NUMBERS: Readonly<Record<LogLevel, number>> = {
  trace: 10,
  debug: 20,
  info: 30,
  warn: 40,
  error: 50,
  fatal: 60,
  silent: Number.POSITIVE_INFINITY,
};

/** Writes lines like pino's to stderr, with nothing that has to be loaded or opened. */
export function plainLog(level: LogLevel): Logger {
  const at = (name: keyof Logger) => (fields: object, msg: string) => {
    if (NUMBERS[name] < NUMBERS[level]) return;
    const from = { level: NUMBERS[name], time: wallNow(), pid: process.pid, name: 'raw-requests' };
    writeSync(2, `${JSON.stringify({ ...from, ...fields, msg }, withErrors)}\n`);
  };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

/** What an error says is not enumerable. */
function withErrors(_key: string, value: unknown): unknown {
  if (!(value instanceof Error)) return value;
  return { type: value.name, message: value.message, stack: value.stack };
}
