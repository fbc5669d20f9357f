import { createRequire } from 'node:module';
import { ignoreRejection } from './capture/hooks/hook.ts';
import type { Logger, LogLevel } from './options/options.ts';

/** The log: the application's own logger when it gave one, else pino to stderr. */
export function createLog(logger: Logger | undefined, level: LogLevel): Logger {
  let own: Logger | undefined;
  const log = () => {
    own ??= logger ?? createOwn(level);
    return own;
  };
  return {
    debug: (fields, message) => guard(() => log().debug(fields, message)),
    info: (fields, message) => guard(() => log().info(fields, message)),
    warn: (fields, message) => guard(() => log().warn(fields, message)),
    error: (fields, message) => guard(() => log().error(fields, message)),
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

/** A logger that throws is no reason to harm the application. */
function guard(write: () => unknown): void {
  try {
    ignoreRejection(write());
  } catch {}
}
