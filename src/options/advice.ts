import { NOTHING_RECORDED } from './idle.ts';
import { foreignVariables, misspeltVariables, type UnreadVariable } from './misspelt-variables.ts';
import { type Readings, readSettings } from './read.ts';
import { type SettingName, type Settings, settings } from './settings.ts';

/** Warnings for the log, about settings that are valid but probably mistakes. */
export interface Advice {
  /** A setting of this library has no effect. */
  readonly mistake: string | undefined;
  /** Nothing is recorded, although recording was not switched off. */
  readonly idle: string | undefined;
}

/** Settings that can only be meant for this library, unlike a token or a username. */
const PLACE: readonly SettingName[] = ['database', 'bucket'];
const BESIDE_URL: readonly SettingName[] = [
  ...PLACE,
  'org',
  'retentionPolicy',
  'token',
  'username',
  'password',
];
const MAX_HINTS = 3;

/**
 * Looks for probable mistakes in settings that have passed their checks. A variable that may belong to another program
 * is not a mistake; it is only mentioned if there is no destination.
 */
export function adviceOn(user: object, env: NodeJS.ProcessEnv): Advice {
  const readings = readSettings(settings, user, env);
  const { enabled, prometheus, url } = readings;
  if (enabled.value === false) return { mistake: undefined, idle: undefined };
  const hasUrl = url.given !== undefined;
  const isIdle = !hasUrl && enabled.value !== 'view' && !prometheus.value;

  const misspelt = misspeltVariables(readings, env);
  const isUrlMisspelt = misspelt.some(({ meant }) => settings.url.env.includes(meant));
  const incomplete = hasUrl || isUrlMisspelt ? undefined : withoutUrl(readings, isIdle, env);
  const mistakes = [...misspelt.map(unknown), ...(incomplete === undefined ? [] : [incomplete])];
  if (mistakes.length === 0) {
    return { mistake: undefined, idle: isIdle ? NOTHING_RECORDED + hints(env) : undefined };
  }
  if (isIdle && incomplete === undefined) {
    mistakes.push('Nothing is recorded, because there is no destination.');
  }
  return { mistake: mistakes.join(' '), idle: undefined };
}

/** Sentences about environment variables that are not read but may be meant for this library. */
export function adviceOnUnread(env: NodeJS.ProcessEnv): string[] {
  return [
    ...misspeltVariables(readSettings(settings, {}, env), env).map(unknown),
    ...foreignVariables(env).map(notRead),
  ];
}

/** A warning if settings of a database are given without its address. A token alone may belong to InfluxDB's command line. */
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
  const named = foreignVariables(env).slice(0, MAX_HINTS);
  return named.map((stray) => ` (${notRead(stray)})`).join('');
}

function unknown({ name, meant }: UnreadVariable): string {
  return `Unknown environment variable ${name}: did you mean ${meant}?`;
}

function notRead({ name, meant }: UnreadVariable): string {
  return `${name} is set, but not read: did you mean ${meant}?`;
}
