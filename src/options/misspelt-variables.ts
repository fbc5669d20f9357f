import { isTypo, nearest } from './nearest.ts';
import type { Readings } from './read.ts';
import { type SettingName, type Settings, settings } from './settings.ts';
import { showText } from './show.ts';
import { unreadVariables, VARIABLES } from './variables.ts';

// Environment variables that are not read but may be meant for this library. Others use similar names: Telegraf, and
// InfluxDB's own image, command line and clients.

/** A variable that is not read, and the one that was probably meant. */
export interface UnreadVariable {
  readonly name: string;
  readonly meant: string;
}

/** Names that start like those of this library, such as `RAW_REQUEST` or `RAWREQUESTS_TAGS`. */
const FAMILY = /^RAW[_-]?REQUESTS?(?:$|[_-])/i;

/** Variables of InfluxDB's image, servers and clients, and of programs that use similar names. */
const FOREIGN = /^(?:DOCKER_)?INFLUX(?:DB?\d?)_(?:INIT_)?/i;
const ANY_INFLUX = /^(?:DOCKER_)?INFLUX(?:DB?\d?)?_(?:INIT_)?/i;

const ADDRESS = /(?:^|_)(?:URL|URI|ADDR|ADDRESS|ENDPOINT|SERVER|HOST|HOSTNAME)$/i;
/** Addresses that a server listens on, which clients cannot use. */
const LISTENS = /BIND|LISTEN|ADVERTISE/i;
const DATABASE = /^(?:DB|DATABASE)(?:_NAME)?$/i;
const BUCKET = /^BUCKET(?:_NAME)?$/i;

/** Misspelt variables of this library, if the correct one would have an effect. */
export function misspeltVariables(readings: Readings<Settings>, env: NodeJS.ProcessEnv): UnreadVariable[] {
  const known = (Object.keys(settings) as SettingName[])
    .filter((name) => isWanted(name, readings))
    .flatMap((name) => settings[name].env)
    .filter((variable) => !variable.startsWith('OTEL_'));
  return unreadWithMeaning(env, (name) => {
    if (FAMILY.test(name)) return nearest(inFamily(name), VARIABLES);
    return FOREIGN.test(name) ? undefined : known.find((variable) => isTypo(name, variable));
  });
}

/** Variables of other programs that may contain a setting that is missing here. */
export function foreignVariables(env: NodeJS.ProcessEnv): UnreadVariable[] {
  return unreadWithMeaning(env, (name) => {
    if (!ANY_INFLUX.test(name) || LISTENS.test(name)) return undefined;
    const rest = name.replace(ANY_INFLUX, '');
    if (ADDRESS.test(rest)) return 'INFLUX_URL';
    if (DATABASE.test(rest)) return 'INFLUX_DATABASE';
    return BUCKET.test(rest) ? 'INFLUX_BUCKET' : undefined;
  });
}

function unreadWithMeaning(
  env: NodeJS.ProcessEnv,
  meaning: (name: string) => string | undefined,
): UnreadVariable[] {
  return unreadVariables(env).flatMap((name) => {
    const meant = meaning(name);
    return meant === undefined ? [] : { name: showText(name), meant };
  });
}

function inFamily(name: string): string {
  return name.toUpperCase().replace(FAMILY, 'RAW_REQUESTS_').replace(/_$/, '');
}

/** Whether a setting is not given, and would have an effect. */
function isWanted(name: SettingName, { [name]: own, database, bucket }: Readings<Settings>): boolean {
  if (own.given !== undefined) return false;
  switch (name) {
    case 'database':
    case 'bucket':
      return database.given === undefined && bucket.given === undefined;
    case 'org':
      return database.given === undefined;
    case 'retentionPolicy':
      return bucket.given === undefined;
    default:
      return true;
  }
}
