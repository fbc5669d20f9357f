import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { packageInfo, packageRoot } from '../../src/package-root.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const compiled = fileURLToPath(new URL('../../src/package-root.js', import.meta.url));

test('the package finds its own folder, however deep the file is', () => {
  assert.equal(join(packageRoot(), '/'), root);
  assert.equal(packageInfo().version, JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).version);
});

test('a file that has left the package says so, and takes no other package for it', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'raw-requests-root-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  cpSync(compiled, join(folder, 'bundled.mjs'));
  const { packageRoot } = await import(pathToFileURL(join(folder, 'bundled.mjs')).href);
  assert.throws(
    packageRoot,
    /^Error: No package.json of raw-requests was found above .*keep raw-requests external$/,
  );
});
