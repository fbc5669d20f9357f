import { writeSync } from 'node:fs';
import { createRequire } from 'node:module';
import { types } from 'node:util';
import type { Logger, LogLevel } from './options/options.ts';
import { plainLog } from './plain-log.ts';
import { textOf } from './safety/foreign-text.ts';
import { oneLine } from './safety/printable.ts';
import { disarmed } from './safety/promise.ts';
import { asError } from './safety/thrown.ts';

/** UTF-16 units of a message or a field. */
const LONGEST = 2000;

/**
 * The log: the application's own logger when it gave one, else pino to stderr. What it is given is printable and holds
 * no secret, also where a database or an error said it. Never throws: a logger that does is no reason to harm the
 * application.
 *
 * @param failed told of what `logger` threw
 */
export function createLog(
  logger: Logger | undefined,
  level: LogLevel,
  failed: (thrown: unknown) => void = () => {},
): Logger {
  let own: Logger | undefined;
  const write = (name: keyof Logger, fields: object, message: string) => {
    try {
      own ??= logger ?? createOwn(level);
      const log = own ?? plainLog(level);
      disarmed(log[name](cleanFields(fields), oneLine(message, LONGEST)));
    } catch (error) {
      if (logger !== undefined) failed(error);
    }
  };
  return {
    debug: (fields, message) => write('debug', fields, message),
    info: (fields, message) => write('info', fields, message),
    warn: (fields, message) => write('warn', fields, message),
    error: (fields, message) => write('error', fields, message),
  };
}

function cleanFields(fields: object): object {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, clean(value)]));
}

function clean(value: unknown): unknown {
  if (types.isNativeError(value)) return asError(value);
  if (typeof value !== 'string' && typeof value !== 'object') return value;
  return value === null ? null : oneLine(textOf(value), LONGEST);
}

/**
 * Loaded with the first message, of which there may never be one: pino takes 30 ms and 7 MB. Required, not imported:
 * the last message is written while the process exits, when nothing asynchronous happens any more. Written at once,
 * for the same reason. Undefined when it cannot be loaded just now: the process may have no descriptor left for a file.
 */
function createOwn(level: LogLevel): Logger | undefined {
  try {
    const { pino } = createRequire(import.meta.url)('pino') as typeof import('pino');
    return pino({ name: 'raw-requests', level }, pino.destination({ fd: 2, sync: true }));
  } catch {
    return undefined;
  }
}

/**
 * Says something to whoever started the process where there is no log: the address of the live view. At once, since
 * the process may end before a stream has written it. Never throws.
 */
export function say(text: string): void {
  try {
    writeSync(2, `${oneLine(text, LONGEST)}\n`);
  } catch {
    // Nobody listens.
  }
}
