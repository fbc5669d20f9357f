import { isSlip, nearest } from './nearest.ts';
import type { Readings } from './read.ts';
import { type SettingName, type Settings, settings } from './settings.ts';
import { showText } from './show.ts';
import { unreadVariables, VARIABLES } from './variables.ts';

// The environment belongs to other programs as well: Telegraf, InfluxDB's own image, command line and clients.

/** A variable that is not read, and the one that was meant. */
export interface Stray {
  readonly name: string;
  readonly meant: string;
}

/** `RAW_REQUEST`, `RAWREQUESTS_TAGS`: meant for us, however they go on. */
const FAMILY = /^RAW[_-]?REQUESTS?(?:$|[_-])/i;

/** Variables of InfluxDB's image, servers and clients, and of those that take after them. */
const FOREIGN = /^(?:DOCKER_)?INFLUX(?:DB?\d?)_(?:INIT_)?/i;
const ANY_INFLUX = /^(?:DOCKER_)?INFLUX(?:DB?\d?)?_(?:INIT_)?/i;

const ADDRESS = /(?:^|_)(?:URL|URI|ADDR|ADDRESS|ENDPOINT|SERVER|HOST|HOSTNAME)$/i;
/** Where a server listens, not where it is reached. */
const LISTENS = /BIND|LISTEN|ADVERTISE/i;
const DATABASE = /^(?:DB|DATABASE)(?:_NAME)?$/i;
const BUCKET = /^BUCKET(?:_NAME)?$/i;

/** Variables that are meant for us and misspelt, where the right one would have an effect. */
export function misspelt(readings: Readings<Settings>, env: NodeJS.ProcessEnv): Stray[] {
  const known = (Object.keys(settings) as SettingName[])
    .filter((name) => isWanted(name, readings))
    .flatMap((name) => settings[name].env)
    .filter((variable) => !variable.startsWith('OTEL_'));
  return strays(env, (name) => {
    if (FAMILY.test(name)) return nearest(inFamily(name), VARIABLES);
    return FOREIGN.test(name) ? undefined : known.find((variable) => isSlip(name, variable));
  });
}

/** Variables of others that may hold what was meant for us. */
export function ofOthers(env: NodeJS.ProcessEnv): Stray[] {
  return strays(env, (name) => {
    if (!ANY_INFLUX.test(name) || LISTENS.test(name)) return undefined;
    const rest = name.replace(ANY_INFLUX, '');
    if (ADDRESS.test(rest)) return 'INFLUX_URL';
    if (DATABASE.test(rest)) return 'INFLUX_DATABASE';
    return BUCKET.test(rest) ? 'INFLUX_BUCKET' : undefined;
  });
}

function strays(env: NodeJS.ProcessEnv, meaning: (name: string) => string | undefined): Stray[] {
  return unreadVariables(env).flatMap((name) => {
    const meant = meaning(name);
    return meant === undefined ? [] : { name: showText(name), meant };
  });
}

function inFamily(name: string): string {
  return name.toUpperCase().replace(FAMILY, 'RAW_REQUESTS_').replace(/_$/, '');
}

/** Whether a setting that was not given would have an effect. */
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
