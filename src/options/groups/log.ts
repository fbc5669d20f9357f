import { withFunctions } from '../kinds/code-only.ts';
import { oneOf } from '../kinds/text.ts';
import type { SettingsOf } from '../setting.ts';

/** How much the built-in log says: this level and the more serious ones. */
export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';

/** A log to write to. pino's loggers are of this kind; so is anything else that takes an object and a message. */
export interface Logger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** Where the log goes. */
export interface LogOptions {
  /**
   * Log to use in place of the built-in one.
   *
   * @default pino, to stderr
   */
  logger?: Logger | undefined;

  /**
   * How much the built-in log says. A `logger` of your own decides that for itself.
   *
   * Environment: `RAW_REQUESTS_LOG_LEVEL`: `trace`, `debug`, `info`, `warn`, `error`, `fatal` or `silent`.
   * @default 'warn'
   */
  logLevel?: LogLevel | undefined;
}

const LEVELS: readonly LogLevel[] = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'];

export const logSettings: SettingsOf<LogOptions, 'logger'> = {
  logger: { env: [], kind: withFunctions(['debug', 'info', 'warn', 'error']), default: undefined },
  logLevel: { env: ['RAW_REQUESTS_LOG_LEVEL'], kind: oneOf(LEVELS), default: 'warn' },
};
