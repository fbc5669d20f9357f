/** The middleware. */

export type { RawRequests } from './middleware.ts';
export { rawRequests, rawRequests as default } from './middleware.ts';
export type { Logger, LogLevel, Options } from './options/options.ts';
/** Thrown at start when a setting is wrong. */
export { ConfigError } from './options/options.ts';
export type { Stats } from './record/ledger.ts';
