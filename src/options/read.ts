import { closest } from 'fastest-levenshtein';
import * as v from 'valibot';
import { type SettingName, settings, type Values } from './settings.ts';
import { kindOf, type Source, show, showText } from './show.ts';

/** A setting that was given: what by, as a message names it, and the value as it was given. */
export interface Given {
  readonly source: Source;
  readonly label: string;
  readonly value: unknown;
}

/** What was read for one setting: the default stands in for a value that is missing or wrong. */
export interface Reading<T> {
  readonly value: T;
  readonly given: Given | undefined;
  readonly problems: readonly string[];
}

export type Readings = { readonly [Name in SettingName]-?: Reading<Values[Name]> };

const NAMES = Object.keys(settings) as SettingName[];
const VARIABLES = Object.values(settings).flatMap(({ env }) => env);

/** Reads all settings, and reports those that do not exist. */
export function readSettings(
  user: object,
  env: NodeJS.ProcessEnv,
): { readings: Readings; values: Values; problems: string[] } {
  const list = NAMES.map((name) => [name, readSetting(name, user, env)] as const);
  return {
    readings: Object.fromEntries(list) as Readings,
    values: Object.fromEntries(list.map(([name, { value }]) => [name, value])) as unknown as Values,
    problems: [
      ...unknownOptions(user),
      ...unknownVariables(env),
      ...list.flatMap(([, reading]) => reading.problems),
    ],
  };
}

export function readSetting<Name extends SettingName>(
  name: Name,
  user: object,
  env: NodeJS.ProcessEnv,
): Reading<Values[Name]> {
  const { kind, default: value } = settings[name];
  try {
    const given = findGiven(name, user, env);
    if (given === undefined) return { value, given, problems: [] };
    const schema = given.source === 'code' ? kind.fromCode : kind.fromText;
    const result = v.safeParse(schema, given.value, { abortPipeEarly: true });
    if (result.success) return { value: result.output, given, problems: [] };
    const display = kind.show ?? show;
    const problems = result.issues.map(
      ({ message, input }) => `Expected ${given.label} ${message}, got ${display(input, given.source)}`,
    );
    return { value, given, problems };
  } catch {
    // A getter or a proxy of the application's. Its message is not shown: it could hold anything.
    const label = `\`${name}\``;
    const given: Given = { source: 'code', label, value: undefined };
    return { value, given, problems: [`Expected ${label} to be readable, got an error when reading it`] };
  }
}

/** Only own properties count: what other code has put on `Object.prototype` is not a setting. */
function findGiven(name: SettingName, user: object, env: NodeJS.ProcessEnv): Given | undefined {
  const options = Object(user); // the report on options that are no object is made elsewhere
  if (Object.hasOwn(options, name)) {
    const value: unknown = options[name];
    if (value !== undefined) return { source: 'code', label: `\`${name}\``, value };
  }
  const variable = settings[name].env.find((candidate) => Object.hasOwn(env, candidate) && env[candidate]);
  return variable === undefined
    ? undefined
    : { source: 'environment', label: variable, value: env[variable] };
}

function unknownOptions(user: object): string[] {
  try {
    if (kindOf(user) !== 'an object') return [`Expected the options to be an object, got ${kindOf(user)}`];
    const names = Object.keys(user).filter((name) => !Object.hasOwn(settings, name));
    return names.map((name) => {
      return `Unknown option \`${showText(name)}\`: did you mean \`${nearest(name, NAMES)}\`?`;
    });
  } catch {
    return ['Expected the options to be a readable object, got an error when reading their names'];
  }
}

/**
 * Kubernetes, and Docker before it, describe a service called `raw-requests` or `raw-requests-x` to every container
 * beside it through variables of these forms. They are not meant for us.
 */
const SERVICE_LINK =
  /_SERVICE_(?:HOST|PORT(?:_\w+)?)$|_PORT(?:_\d+_(?:TCP|UDP|SCTP)(?:_(?:PROTO|PORT|ADDR))?)?$/;

function unknownVariables(env: NodeJS.ProcessEnv): string[] {
  const names = Object.keys(env).filter(
    (name) =>
      name.startsWith('RAW_REQUESTS') && env[name] && !VARIABLES.includes(name) && !SERVICE_LINK.test(name),
  );
  return names.map((name) => {
    return `Unknown environment variable ${showText(name)}: did you mean ${nearest(name, VARIABLES)}?`;
  });
}

/** The known name that is most like it, whatever its prefix and spelling: RAW_REQUESTS_URL is meant for INFLUX_URL. */
function nearest(name: string, known: readonly string[]): string {
  const bare = known.map(bareName);
  return known[bare.indexOf(closest(bareName(name.slice(0, 100)), bare))]!;
}

function bareName(name: string): string {
  return name
    .replace(/^(?:RAW_REQUESTS|INFLUX|OTEL)_/, '')
    .replaceAll('_', '')
    .toLowerCase();
}
