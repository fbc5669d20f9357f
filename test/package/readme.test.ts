import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { settings } from '../../src/options/settings.ts';

const root = new URL('../../../', import.meta.url);
const readme = readFileSync(new URL('README.md', root), 'utf8');

describe('the README', () => {
  test('lists every setting and every environment variable', () => {
    const table = readme.slice(readme.indexOf('## Settings'), readme.indexOf('## More'));
    for (const [option, { env }] of Object.entries(settings)) {
      const row = table
        .split('\n')
        .find((line) => line.startsWith('|') && line.split('|')[1]!.includes(`\`${option}\``));
      assert.ok(row, option);
      for (const name of env) assert.ok(row.includes(`\`${name}\``), name);
    }
    const named = new Set(Object.values(settings).flatMap(({ env }) => [...env]));
    for (const name of table.match(/\b(?:RAW_REQUESTS|INFLUX)_?[A-Z_]*\b/g)!)
      assert.ok(named.has(name), name);
  });

  test('links to files that exist', () => {
    for (const [, target = ''] of readme.matchAll(/\]\(([^)#]+)\)/g)) {
      if (!target.includes('://')) assert.ok(existsSync(new URL(target, root)), target);
    }
  });
});
