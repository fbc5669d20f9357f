/** The middleware. */

export type { Stats } from './export/ledger.ts';
export type { RawRequests } from './middleware.ts';
export { rawRequests } from './middleware.ts';
export type { Logger, LogLevel, Options } from './options/options.ts';
/** Thrown at start when a setting is wrong. */
export { ConfigError } from './options/options.ts';
