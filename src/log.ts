import { pino } from 'pino';
import type { Logger, LogLevel } from './options.ts';

/** The log: the application's own logger when it gave one, else pino to stderr, written at once so that nothing is lost at exit. */
export function createLog(logger: Logger | undefined, level: LogLevel): Logger {
  if (logger === undefined)
    return pino({ name: 'raw-requests', level }, pino.destination({ fd: 2, sync: true }));
  return {
    debug: (fields, message) => guard(() => logger.debug(fields, message)),
    info: (fields, message) => guard(() => logger.info(fields, message)),
    warn: (fields, message) => guard(() => logger.warn(fields, message)),
    error: (fields, message) => guard(() => logger.error(fields, message)),
  };
}

/** A logger that throws is no reason to harm the application. */
function guard(write: () => void): void {
  try {
    write();
  } catch {}
}
