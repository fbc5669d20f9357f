import * as v from 'valibot';
import { isFar, nearest } from './nearest.ts';
import type { Schema, Setting, ValuesOf } from './setting.ts';
import { kindOf, type Source, show, showText } from './show.ts';

/** A setting that was given: its source, its name for messages, and its original value. */
export interface Given {
  readonly source: Source;
  readonly label: string;
  readonly value: unknown;
}

/** The result of reading a setting. If its value is missing or wrong, `value` is the default. */
export interface Reading<T> {
  readonly value: T;
  readonly given: Given | undefined;
  readonly problems: readonly string[];
}

export type Readings<S extends Schema> = {
  readonly [Name in keyof S]: Reading<ValuesOf<S>[Name]>;
};

/** Reads options by a schema, for functions that have options of their own. */
export function readOptions<S extends Schema>(
  schema: S,
  user: object,
  env: NodeJS.ProcessEnv = {},
): { values: ValuesOf<S>; problems: string[] } {
  const readings = readSettings(schema, user, env);
  return { values: valuesOf(readings), problems: [...unknownOptions(schema, user), ...problemsOf(readings)] };
}

/** Reads each setting of a schema, from code or else from the environment. */
export function readSettings<S extends Schema>(schema: S, user: object, env: NodeJS.ProcessEnv): Readings<S> {
  const readings = Object.keys(schema).map((name) => [name, readSetting(name, schema[name]!, user, env)]);
  return Object.fromEntries(readings) as Readings<S>;
}

export function valuesOf<S extends Schema>(readings: Readings<S>): ValuesOf<S> {
  const values = Object.entries<Reading<unknown>>(readings).map(([name, { value }]) => [name, value]);
  return Object.fromEntries(values) as ValuesOf<S>;
}

export function problemsOf(readings: Readings<Schema>): string[] {
  return Object.values(readings).flatMap(({ problems }) => problems);
}

export function readSetting<T>(
  name: string,
  setting: Setting<T>,
  user: object,
  env: NodeJS.ProcessEnv,
): Reading<T> {
  const { kind, default: value } = setting;
  try {
    const given = findGiven(name, setting, user, env);
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
    // A getter or a proxy threw. Its message is not shown, because it could contain secrets.
    const label = `\`${name}\``;
    const given: Given = { source: 'code', label, value: undefined };
    return { value, given, problems: [`Expected ${label} to be readable, got an error when reading it`] };
  }
}

/** Only own properties count. Properties that other code adds to `Object.prototype` are not settings. */
function findGiven(
  name: string,
  { env: variables }: Setting<unknown>,
  user: object,
  env: NodeJS.ProcessEnv,
): Given | undefined {
  const options = Object(user); // `unknownOptions` reports options that are not an object
  if (Object.hasOwn(options, name)) {
    const value: unknown = options[name];
    if (value !== undefined) return { source: 'code', label: `\`${name}\``, value };
  }
  const variable = variables.find((candidate) => Object.hasOwn(env, candidate) && env[candidate]);
  return variable === undefined
    ? undefined
    : { source: 'environment', label: variable, value: env[variable] };
}

/** Reports options that do not exist. */
export function unknownOptions(schema: Schema, user: object): string[] {
  const known = Object.keys(schema);
  try {
    if (kindOf(user) !== 'an object') return [`Expected the options to be an object, got ${kindOf(user)}`];
    const names = Object.keys(user).filter((name) => !Object.hasOwn(schema, name));
    return names.map((name) => `Unknown option \`${showText(name)}\`: ${suggest(name, known)}`);
  } catch {
    return ['Expected the options to be a readable object, got an error when reading their names'];
  }
}

/** The most names that a message lists. */
const MAX_LISTED = 6;

function suggest(name: string, known: readonly string[]): string {
  const candidate = nearest(name, known);
  return known.length <= MAX_LISTED && isFar(name, candidate)
    ? `there are ${known.map((name) => `\`${name}\``).join(', ')}`
    : `did you mean \`${candidate}\`?`;
}
