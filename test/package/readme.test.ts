import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, test } from 'node:test';

const root = new URL('../../../', import.meta.url);

describe('the documents', () => {
  const documents = [
    'README.md',
    'CHANGELOG.md',
    'CODE_OF_CONDUCT.md',
    'CONTRIBUTING.md',
    'SECURITY.md',
    'docs',
    'examples',
  ]
    .flatMap((place) => (place.endsWith('.md') ? place : markdownIn(place)))
    .map((path) => ({ path, text: readFileSync(new URL(path, root), 'utf8') }));

  test('link to files that exist', () => {
    for (const { path, text } of documents) {
      for (const [, target = ''] of text.matchAll(/\]\(([^)#]+)(?:#[^)]*)?\)/g)) {
        if (!target.includes('://'))
          assert.ok(existsSync(new URL(target, new URL(path, root))), `${target} in ${path}`);
      }
    }
  });

  test('name files of the package that exist', () => {
    for (const { path, text } of documents) {
      for (const [, file = ''] of text.matchAll(/node_modules\/raw-requests\/([\w./-]*)/g))
        assert.ok(existsSync(new URL(file, root)), `${file} in ${path}`);
    }
  });

  test('name commands as a reader can run them', () => {
    const help = execFileSync(process.execPath, ['dist/cli/main.js', '--help'], {
      cwd: root,
      encoding: 'utf8',
    });
    const commands = [...help.slice(help.indexOf('Commands:')).matchAll(/^ {2}([a-z]+)/gm)].map(
      ([, name]) => name,
    );
    assert.ok(commands.includes('view'));
    const bare = new RegExp(`.*(?<!npx )\\braw-requests (?:${commands.join('|')})\\b(?! \\d+\\.\\d).*`, 'g');
    for (const { path, text } of documents) assert.deepEqual(text.match(bare), null, path);
  });
});

function markdownIn(folder: string): string[] {
  return readdirSync(new URL(folder, root), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => `${folder}/${name}`);
}
