import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const MAX_FILES_PER_FOLDER = 12;

const root = fileURLToPath(new URL('../../../', import.meta.url));
const slashes = (path: string): string => path.replaceAll('\\', '/');

const files = readdirSync(join(root, 'test'), { recursive: true, encoding: 'utf8' })
  .map((path) => slashes(join('test', path)))
  .filter((path) => path.endsWith('.ts') && !path.includes('node_modules/'));

/** What a file of the tests loads when it is loaded, relative to the root; types are none of that. */
function loadedBy(file: string): string[] {
  const text = readFileSync(join(root, file), 'utf8');
  const imports = text.matchAll(/^(?:import|export) (?!type )(?:[^';]*? from )?'(\.[^']+)'/gm);
  return Array.from(imports, ([, target = '']) =>
    slashes(relative(root, resolve(root, dirname(file), target))),
  ).filter((path) => existsSync(join(root, path))); // else it is text of a program that a test writes
}

/** Starts what npm does not install. */
const isReal = (file: string): boolean =>
  file.startsWith('test/support/real/') || file === 'src/cli/demo/place/influxd.ts';

/** By which of its imports a file comes to a real program; undefined when it does not. */
function wayToReal(file: string, seen: Set<string> = new Set()): string | undefined {
  for (const loaded of loadedBy(file)) {
    if (seen.has(loaded)) continue;
    seen.add(loaded);
    if (isReal(loaded)) return loaded;
    // Sources in a text that a test compiles import what is not there.
    const way = files.includes(loaded) ? wayToReal(loaded, seen) : undefined;
    if (way !== undefined) return `${loaded} -> ${way}`;
  }
  return undefined;
}

describe('the tests', () => {
  test('wait for time in one place only, which has a deadline', () => {
    const wrong = files.filter(
      (path) =>
        (path.endsWith('.test.ts') || path.startsWith('test/support/')) &&
        path !== 'test/support/within.ts' &&
        /'node:timers\/promises'|=> (?:void )?setTimeout\((?:resolve|done)\b/.test(
          readFileSync(join(root, path), 'utf8'),
        ),
    );
    assert.deepEqual(wrong, []);
  });

  test(`lie in folders of at most ${MAX_FILES_PER_FOLDER} files`, () => {
    const counts = new Map<string, number>();
    const listed = files.filter((path) => !path.startsWith('test/faults/')); // a row each, and what breaks for it
    for (const path of listed) counts.set(dirname(path), (counts.get(dirname(path)) ?? 0) + 1);
    assert.deepEqual(
      [...counts].filter(([, count]) => count > MAX_FILES_PER_FOLDER),
      [],
    );
  });

  test('that need a database, a browser or Python are in files that are named *.full.test.ts', () => {
    const quick = files.filter(
      (path) => path.endsWith('.test.ts') && !/\.(?:full|slow)\.test\.ts$/.test(path),
    );
    const wrong = quick
      .map((path) => `${path} -> ${wayToReal(path)}`)
      .filter((way) => !way.endsWith(' undefined'));
    assert.deepEqual(wrong, []);
    const real = files.filter((path) => path.endsWith('.full.test.ts') && wayToReal(path) !== undefined);
    assert.notEqual(real.length, 0, 'none is found at all');
  });
});
