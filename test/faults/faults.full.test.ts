import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { describe, test } from 'node:test';
import { matrix } from './matrix.ts';
import { lineOf } from './report.ts';
import { play } from './row.ts';

// The quick form of the fault matrix; `npm run test:faults` is the whole of it.

/** The random sequences, which have a test of their own: conservation.test.ts. */
const SEQUENCES = 41;

// Some rows have many applications and databases in this process, each with a listener for its end.
process.setMaxListeners(100);

describe('whatever goes wrong, every request is accounted for:', { concurrency: 3 }, () => {
  for (const row of matrix) {
    if (!('run' in row) || row.onlyLong || row.number === SEQUENCES) continue;
    test(`${row.number}: ${row.fault}`, { skip: row.cannotRun?.() ?? false, timeout: 120_000 }, async (t) => {
      t.diagnostic(lineOf(row, await play(row, { short: true, minutes: 0, seed: 1 })));
    });
  }
});

test('faults that are proven elsewhere name files that there are', () => {
  for (const row of matrix) {
    if (!('by' in row) || row.by.startsWith('`')) continue;
    for (const file of row.by.split(', '))
      assert.ok(
        existsSync(new URL(`../${file.replace(/ts$/, 'js')}`, import.meta.url)),
        `${row.fault}: ${file}`,
      );
  }
});

test('the table of promises in docs/guarantees.md names tests and faults that there are', async () => {
  const text = await readFile(new URL('../../../docs/guarantees.md', import.meta.url), 'utf8');
  const table = text.slice(text.indexOf('## Which tests prove it'));
  const files = Array.from(table.matchAll(/`([^` ]+)\.test\.ts`/g), ([, name]) => name);
  assert.ok(files.length > 20);
  for (const name of files) assert.ok(existsSync(new URL(`../${name}.test.js`, import.meta.url)), name);
  const numbers = new Set(matrix.map(({ number }) => number));
  for (const [, list = ''] of table.matchAll(/faults? ((?:\d+(?:, | to )?)+)/g))
    for (const number of list.match(/\d+/g) ?? []) assert.ok(numbers.has(Number(number)), `fault ${number}`);
});
