import { createRequire } from 'node:module';
import type { Logger, LogLevel } from './options/options.ts';
import { disarmed } from './safety/promise.ts';

/**
 * The log: the application's own logger when it gave one, else pino to stderr. Never throws: a logger that does, or
 * cannot be loaded because no file can be opened just now, is no reason to harm the application.
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
      disarmed(own[name](fields, message));
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

/**
 * Loaded with the first message, of which there may never be one: pino takes 30 ms and 7 MB. Required, not imported:
 * the last message is written while the process exits, when nothing asynchronous happens any more. Written at once,
 * for the same reason.
 */
function createOwn(level: LogLevel): Logger {
  const { pino } = createRequire(import.meta.url)('pino') as typeof import('pino');
  return pino({ name: 'raw-requests', level }, pino.destination({ fd: 2, sync: true }));
}
