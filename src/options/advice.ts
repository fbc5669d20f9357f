import { NOTHING_RECORDED } from './idle.ts';
import { type Readings, readSettings } from './read.ts';
import { type SettingName, type Settings, settings } from './settings.ts';
import { misspelt, ofOthers, type Stray } from './strays.ts';

/** What is right by itself, but hardly what somebody meant: text for the log. */
export interface Advice {
  /** Something was set for this library that has no effect. */
  readonly mistake: string | undefined;
  /** Nothing is recorded, and nobody has said that this is meant. */
  readonly idle: string | undefined;
}

/** They choose the place on the server: nobody sets them for another purpose. */
const PLACE: readonly SettingName[] = ['database', 'bucket'];
const BESIDE_URL: readonly SettingName[] = [
  ...PLACE,
  'org',
  'retentionPolicy',
  'token',
  'username',
  'password',
];
const MOST_NAMED = 3;

/**
 * Looks for what was probably meant otherwise, in settings that have passed their checks. What may be a variable of
 * another program is no mistake, and is named only where there is no destination.
 */
export function adviceOn(user: object, env: NodeJS.ProcessEnv): Advice {
  const readings = readSettings(settings, user, env);
  const { enabled, prometheus, url } = readings;
  if (enabled.value === false) return { mistake: undefined, idle: undefined };
  const hasUrl = url.given !== undefined;
  const isIdle = !hasUrl && enabled.value !== 'view' && !prometheus.value;

  const slips = misspelt(readings, env);
  const isUrlMisspelt = slips.some(({ meant }) => settings.url.env.includes(meant));
  const incomplete = hasUrl || isUrlMisspelt ? undefined : withoutUrl(readings, isIdle, env);
  const mistakes = [...slips.map(unknown), ...(incomplete === undefined ? [] : [incomplete])];
  if (mistakes.length === 0) {
    return { mistake: undefined, idle: isIdle ? NOTHING_RECORDED + hints(env) : undefined };
  }
  if (isIdle && incomplete === undefined) {
    mistakes.push('Nothing is recorded, because there is no destination.');
  }
  return { mistake: mistakes.join(' '), idle: undefined };
}

/** Sentences on what of the environment may have been meant for us, for who misses a setting. */
export function adviceOnStrays(env: NodeJS.ProcessEnv): string[] {
  return [...misspelt(readSettings(settings, {}, env), env).map(unknown), ...ofOthers(env).map(notRead)];
}

/** What is given of a destination that has no address. A token alone may be that of InfluxDB's command line. */
function withoutUrl(
  readings: Readings<Settings>,
  isIdle: boolean,
  env: NodeJS.ProcessEnv,
): string | undefined {
  const given = BESIDE_URL.filter((name) => readings[name].given !== undefined);
  const isOurs = given.some((name) => PLACE.includes(name) || readings[name].given?.source === 'code');
  if (!isOurs) return undefined;
  const labels = given.map((name) => readings[name].given?.label);
  return (
    `${labels.join(' and ')} ${given.length === 1 ? 'is' : 'are'} set, but INFLUX_URL (\`url\`) is not, ` +
    `so nothing is ${isIdle ? 'recorded' : 'written to InfluxDB'}: ` +
    `set it as well, as in INFLUX_URL=http://localhost:8086${hints(env)}.`
  );
}

function hints(env: NodeJS.ProcessEnv): string {
  const named = ofOthers(env).slice(0, MOST_NAMED);
  return named.map((stray) => ` (${notRead(stray)})`).join('');
}

function unknown({ name, meant }: Stray): string {
  return `Unknown environment variable ${name}: did you mean ${meant}?`;
}

function notRead({ name, meant }: Stray): string {
  return `${name} is set, but not read: did you mean ${meant}?`;
}
