import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import os from 'node:os';
import { describe, test } from 'node:test';
import { settings } from '../../src/options/options.ts';

const root = new URL('../../../', import.meta.url);
const groups = new URL('src/options/groups/', root);

/** What a document says of an option. */
interface Documented {
  readonly variables: readonly string[];
  readonly default: string;
}

const schema = Object.entries(settings).map(([name, { env, default: value }]) => ({ name, env, value }));

/** The options of the interfaces in `groups/`, by the comments above them. */
function inComments(): Map<string, Documented> {
  const options = new Map<string, Documented>();
  for (const file of readdirSync(groups)) {
    const text = readFileSync(new URL(file, groups), 'utf8');
    for (const [, comment = '', name = ''] of text.matchAll(/\/\*\*((?:(?!\*\/).)*)\*\/\n {2}(\w+)\?:/gs)) {
      const [, environment = ''] = /\* Environment: (.*)/.exec(comment) ?? [];
      const [, given = ''] = /@default (.*)/.exec(comment) ?? [];
      assert.ok(!options.has(name), name);
      options.set(name, { variables: variablesIn(environment), default: given });
    }
  }
  return options;
}

/** The rows of README's table; options that share one share its variables, in their order. */
function inReadme(): Map<string, Documented> {
  const text = readFileSync(new URL('README.md', root), 'utf8');
  const [, section = ''] = /\n## Settings\n(.*?)\n## /s.exec(text) ?? [];
  const options = new Map<string, Documented>();
  for (const row of section.split('\n').filter((line) => line.startsWith('| `'))) {
    const [, option = '', environment = '', given = ''] = row.split(/ ?\| ?/);
    const names = Array.from(option.matchAll(/`(\w+)`/g), ([, name]) => name!);
    const variables = variablesIn(environment);
    const each = variables.length / names.length;
    for (const [i, name] of names.entries()) {
      assert.ok(!options.has(name), name);
      const own = names.length === 1 ? variables : variables.slice(i * each, (i + 1) * each);
      options.set(name, { variables: own, default: given });
    }
  }
  return options;
}

function variablesIn(text: string): string[] {
  return Array.from(text.matchAll(/`([A-Z][A-Z_]+)`/g), ([, name]) => name!);
}

/** A default as TypeScript writes it; undefined when it needs words. */
function literal(value: unknown): string | undefined {
  if (value === undefined) return undefined;
  if (value === os.hostname()) return 'os.hostname()';
  return typeof value === 'string' ? `'${value}'` : JSON.stringify(value);
}

/** The same in the table, where an empty list is nothing. */
function cell(value: unknown): string | undefined {
  if (value === os.hostname()) return "the host's name";
  switch (typeof value) {
    case 'boolean':
      return value ? 'on' : 'off';
    case 'number':
      return value >= 2 ** 20
        ? `${value / 2 ** 20} MiB`
        : value.toFixed().replace(/\B(?=\d{3}$)/, value < 1e4 ? '' : ' ');
    case 'string':
      return `\`${value}\``;
    default:
      return value === undefined ? undefined : '';
  }
}

for (const [document, options, written] of [
  ['the comments', inComments(), literal],
  ["README's table", inReadme(), cell],
] as const) {
  describe(`the settings in ${document}`, () => {
    test('are those of the schema, with their variables', () => {
      const expected = schema.map(({ name, env }) => [name, [...env]] as const);
      const actual = [...options].map(([name, { variables }]) => [name, [...variables]] as const);
      assert.deepEqual(new Map(actual), new Map(expected));
    });

    test('have its defaults', () => {
      for (const { name, value } of schema) {
        const said = options.get(name)!.default.replace(/ \(\d+ MiB\)$/, '');
        const expected = written(value);
        if (expected !== undefined) assert.equal(said, expected, name);
        else assert.doesNotMatch(said, /^(?:on|off|true|false|[\d'`[{].*)$/, name);
      }
    });
  });
}
