import { withFunctions } from '../kinds/code-only.ts';
import { oneOf } from '../kinds/text.ts';
import type { SettingsOf } from '../setting.ts';

/** The lowest level that the built-in log writes. */
export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';

/** A logger, such as one of pino. Its functions take an object of fields and a message. */
export interface Logger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** The log. */
export interface LogOptions {
  /**
   * Logger to use instead of the built-in one.
   *
   * @default pino, to stderr
   */
  logger?: Logger | undefined;

  /**
   * The lowest level that the built-in log writes. It has no effect on the option `logger`.
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
