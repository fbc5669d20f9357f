import { ConfigError } from './config-error.ts';
import type { Destination, ViewSetup } from './destination/destination.ts';
import { resolveDestination } from './destination/resolve-destination.ts';
import type { DatabaseOptions } from './groups/database.ts';
import type { DeliveryOptions } from './groups/delivery.ts';
import type { LogOptions } from './groups/log.ts';
import type { MetricOptions } from './groups/metrics.ts';
import type { RequestOptions } from './groups/requests.ts';
import type { SpoolOptions } from './groups/spool.ts';
import type { SwitchOptions } from './groups/switches.ts';
import type { TagOptions } from './groups/tags.ts';
import { problemsOf, readSetting, readSettings, unknownOptions, valuesOf } from './read.ts';
import { settings, type Values } from './settings.ts';
import { unknownVariables } from './variables.ts';

// Other folders import this file. Each option is in one of the files of `groups/`: its type and documentation, and its
// row of the schema, with its environment variables, its check and its default.

export { adviceOn, adviceOnUnread } from './advice.ts';
export { ConfigError } from './config-error.ts';
export {
  type BucketDestination,
  type Destination,
  keyOf,
  nameOf,
  nounOf,
  type ViewSetup,
} from './destination/destination.ts';
export { type Logger, type LogLevel, type LogOptions, logSettings } from './groups/log.ts';
export type { RequestHead } from './groups/requests.ts';
export { type Address, address } from './kinds/address.ts';
// For code that reads single settings, or has options of its own.
export { withFunctions } from './kinds/code-only.ts';
export { mayBeTag } from './kinds/tags.ts';
export { hostName, longToken } from './kinds/text.ts';
export { wholeNumber } from './kinds/whole-number.ts';
export { type Readings, readOptions, readSettings } from './read.ts';
export type { SettingsOf } from './setting.ts';
export { type SettingName, type Settings, settings } from './settings.ts';
export { show } from './show.ts';

/**
 * The settings. Each one can be given in code or, if an environment variable is named, through that variable. Code takes
 * precedence. `undefined` in code and an empty variable count as not given.
 */
export interface Options
  extends SwitchOptions,
    DatabaseOptions,
    TagOptions,
    DeliveryOptions,
    SpoolOptions,
    RequestOptions,
    MetricOptions,
    LogOptions {}

/** Settings that are merged into the destination or the tags. */
type Absorbed = keyof DatabaseOptions | 'enabled' | 'viewPort' | 'viewToken' | 'service';

/** The settings after they were merged, checked and frozen. They need no further checks. See {@link Options}. */
export interface ResolvedOptions extends Omit<Values, Absorbed> {
  readonly enabled: boolean;
  /** Undefined if not `enabled`, or if requests are only observed, for `prometheus`. */
  readonly destination: Destination | undefined;
  /** The live view, if `enabled` is `'view'`. It is also the destination if there is no other. */
  readonly view: ViewSetup | undefined;
}

/**
 * Merges the options given in code with the environment, fills in the defaults and checks everything.
 *
 * @throws {ConfigError} with all problems. If recording is switched off, other settings are not read.
 */
export function resolveOptions(user: Options = {}, env: NodeJS.ProcessEnv = process.env): ResolvedOptions {
  return isSwitchedOff(user, env) ? resolve({}, {}) : resolve(user, env);
}

export function isSwitchedOff(user: Options = {}, env: NodeJS.ProcessEnv = process.env): boolean {
  return readSetting('enabled', settings.enabled, user, env).value === false;
}

function resolve(user: Options, env: NodeJS.ProcessEnv): ResolvedOptions {
  const readings = readSettings(settings, user, env);
  const { destination, view, problems } = resolveDestination(readings);
  const all = [
    ...unknownOptions(settings, user),
    ...unknownVariables(env),
    ...problemsOf(readings),
    ...problems,
  ];
  if (all.length > 0) throw new ConfigError(all);

  // Settings of the destination are left out, because they contain secrets.
  const {
    enabled,
    url,
    token,
    org,
    bucket,
    database,
    retentionPolicy,
    username,
    password,
    viewPort,
    viewToken,
    service,
    tags,
    ...rest
  } = valuesOf(readings);
  return Object.freeze({
    ...rest,
    enabled: destination !== undefined || rest.prometheus,
    destination,
    view,
    tags: Object.freeze(service ? { ...tags, service } : tags),
  });
}
