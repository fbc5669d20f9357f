import { writeSync } from 'node:fs';
import { createRequire } from 'node:module';
import { types } from 'node:util';
import type { Logger, LogLevel } from '../options/options.ts';
import { textOf } from '../safety/foreign-text.ts';
import { oneLine } from '../safety/printable.ts';
import { handleRejection } from '../safety/promise.ts';
import { asError } from '../safety/thrown.ts';
import { plainLog } from './plain-log.ts';

/** The most UTF-16 units of a message or a field; longer ones are cut. */
const MAX_LENGTH = 2000;

/**
 * The log: the application's `logger` option, else pino to stderr. Messages and fields are made printable, and secrets
 * are removed from them, also in text that comes from a database or an error. The log never throws, even if
 * `logger` throws.
 *
 * @param failed called with the error that `logger` threw
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
      handleRejection(log[name](cleanFields(fields), oneLine(message, MAX_LENGTH)));
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
  return value === null ? null : oneLine(textOf(value), MAX_LENGTH);
}

/**
 * pino is loaded with the first message, since it takes 30 ms and 7 MB, and many processes never log. It is loaded by
 * `require()` and writes synchronously: the last message is logged while the process exits, when nothing asynchronous
 * runs any more. Undefined if it cannot be loaded, for example without a free file descriptor.
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
 * Writes a line to stderr for the person who started the process, such as the address of the live view. It is written
 * synchronously, since the process may end before a stream has written it. Never throws.
 */
export function say(text: string): void {
  try {
    writeSync(2, `${oneLine(text, MAX_LENGTH)}\n`);
  } catch {
    // stderr is closed.
  }
}
