import { existsSync } from 'node:fs';
import { join } from 'node:path';
import {
  adviceOn,
  adviceOnUnread,
  ConfigError,
  type Destination,
  nameOf,
  nounOf,
  type Readings as ReadingsOf,
  type ResolvedOptions,
  readSettings,
  resolveOptions,
  type SettingName,
  type Settings,
  settings,
  show,
} from '../../../options/options.ts';
import { broken, type Finding, fine, skipped, warning } from '../finding.ts';

type Readings = ReadingsOf<Settings>;

/** The destination that is checked. */
export interface Target {
  destination: Destination;
  timeoutMs: number;
}

/** The settings as the library reads them from the environment. */
export interface SettingsCheck {
  findings: Finding[];
  /** Undefined if there is no destination. */
  target: Target | undefined;
  options: ResolvedOptions | undefined;
}

const NAME = 'Settings';
const SECRET: ReadonlySet<SettingName> = new Set(['token', 'username', 'password']);

export function checkSettings(env: NodeJS.ProcessEnv, folder: string): SettingsCheck {
  const readings = readSettings(settings, {}, env);
  let options: ResolvedOptions;
  try {
    options = resolveOptions({}, env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const findings = error.problems.map((problem) => broken(NAME, problem, remedy(problem)));
    return { findings, target: undefined, options: undefined };
  }
  const { destination } = options;
  if (destination === undefined) {
    return { findings: withoutDestination(readings, env, folder), target: undefined, options };
  }
  const target = { destination, timeoutMs: options.timeoutMs };
  const text = `writes to ${destination.url}, ${nounOf(destination)} "${nameOf(destination)}", by ${destination.endpoint}`;
  const unused = unusedSettings(readings, destination);
  const { mistake } = adviceOn({}, env);
  return {
    findings: [
      { ...fine(NAME, text), details: given(readings) },
      ...unused.map(([label, why]) => warning(NAME, `${label} is not used: ${why}`, 'Unset it.')),
      ...(mistake === undefined ? [] : [warning(NAME, mistake, 'Rename or unset it.')]),
    ],
    target,
    options,
  };
}

/** The advice for a problem that the library has found in a setting. */
function remedy(problem: string): string {
  const [, variable] = /^Unknown environment variable (\w+)/.exec(problem) ?? [];
  if (variable !== undefined) return `Rename or unset ${variable}: an app does not start with it.`;
  if (/, got both\b/.test(problem))
    return 'Unset the one that does not fit your server: an app does not start with both.';
  if (/ to be set\b/.test(problem)) return 'Set what is missing: an app does not start without it.';
  const [, name = ''] = /^Expected ([A-Z_]+) /.exec(problem) ?? [];
  const setting = Object.values(settings).find(({ env }) => env.includes(name));
  const hasDefault = ['string', 'number', 'boolean'].includes(typeof setting?.default);
  const fallback = hasDefault ? ` for the default, ${show(setting?.default, 'environment')}` : '';
  return `Correct ${name}, or unset it${fallback}: an app does not start with it as it is.`;
}

function withoutDestination({ enabled }: Readings, env: NodeJS.ProcessEnv, folder: string): Finding[] {
  if (enabled.value === false) {
    const text = `recording is switched off by ${enabled.given?.label}=${env.RAW_REQUESTS}`;
    return [broken(NAME, text, 'Unset it, or set it to on.')];
  }
  const file = existsSync(join(folder, '.env')) && env.INFLUX_URL === undefined;
  const text = [
    'there is no destination: INFLUX_URL is not set, so nothing is recorded',
    ...adviceOnUnread(env),
  ];
  return [
    broken(
      NAME,
      text.join('. '),
      file
        ? 'Set it here as for the app. Node reads the file .env only if it is told to:'
        : 'Set it here as for the app (options in code cannot be read from here):',
      file
        ? 'node --env-file=.env node_modules/raw-requests/dist/cli/main.js doctor'
        : 'INFLUX_URL=http://localhost:8086 INFLUX_DATABASE=requests npx raw-requests doctor',
    ),
    skipped('Live view', 'without a database, RAW_REQUESTS=view shows the requests of an app live'),
  ];
}

/** `NAME=value` of every setting that was given. */
function given(readings: Readings): string[] {
  return (Object.keys(settings) as SettingName[]).flatMap((name) => {
    const { given } = readings[name];
    if (given === undefined) return [];
    if (SECRET.has(name)) return `${given.label} is set, and not shown`;
    if (name !== 'url') return `${given.label}=${show(given.value, 'environment').slice(1, -1)}`;
    const { base, username, password } = readings.url.value!;
    return `${given.label}=${base}${(username ?? password) ? ', with credentials, which are not shown' : ''}`;
  });
}

function unusedSettings(
  { token, org, retentionPolicy, username, password }: Readings,
  { kind, credentials }: Destination,
): [label: string, why: string][] {
  const isBucket = kind === 'v2';
  const byToken = isBucket && token.given !== undefined;
  const byPassword = !isBucket && credentials?.kind === 'user';
  const candidates: [Readings[SettingName], unused: boolean, why: string][] = [
    [org, !isBucket, 'it belongs to a bucket'],
    [token, byPassword, 'username and password take precedence'],
    [retentionPolicy, isBucket, 'it belongs to a database'],
    [username, byToken, 'the token takes precedence'],
    [password, byToken, 'the token takes precedence'],
  ];
  return candidates.flatMap(([{ given }, unused, why]) => (unused && given ? [[given.label, why]] : []));
}
