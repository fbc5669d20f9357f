import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = fileURLToPath(new URL('../../../', import.meta.url));

/** A process reads each of them when it starts. */
const MOST_FILES = 20;

test('an entry of the package consists of few files, which share no module', () => {
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const entries = Object.values(manifest.exports as Record<string, string | { readonly default: string }>);
  const modules = new Map<string, string>();
  for (const entry of entries) {
    if (typeof entry === 'string') continue;
    const files = filesOf(join(root, entry.default));
    assert.ok(files.length <= MOST_FILES, `${entry.default} consists of ${files.length} files`);
    // The bundler writes the path of each module in front of its code.
    for (const file of files)
      for (const [, module] of readFileSync(file, 'utf8').matchAll(/^\/\/ (dist\/\S+\.js)$/gm)) {
        assert.equal(modules.get(module!) ?? file, file, `${module} is in two files`);
        modules.set(module!, file);
      }
  }
  assert.ok(modules.has('dist/recorder.js'));
});

test('the error of a wrong setting has its name, which Node prints', async () => {
  const { ConfigError } = await import(pathToFileURL(join(root, 'dist/index.js')).href);
  assert.equal(ConfigError.name, 'ConfigError');
  assert.match(String(new ConfigError(['a problem']).stack), /^ConfigError: a problem/);
});

function filesOf(file: string, seen = new Set<string>()): string[] {
  if (seen.has(file)) return [];
  seen.add(file);
  for (const [, path] of readFileSync(file, 'utf8').matchAll(
    /^(?:import|\} from|export .*from) ?"(\.[^"]+)";/gm,
  ))
    filesOf(join(dirname(file), path!), seen);
  return [...seen];
}
