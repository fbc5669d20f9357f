import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const src = fileURLToPath(new URL('../../../src', import.meta.url));

/**
 * What each folder may import, beside itself. Files at the top of `src` may import all but the leaves, and nothing but
 * them imports files at the top.
 */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  safety: [],
  options: ['safety'],
  log: ['safety', 'options'],
  record: ['safety'],
  capture: ['safety', 'options', 'record'],
  metrics: ['safety', 'record'],
  export: ['safety', 'options', 'record', 'metrics'],
  adapters: ['safety', 'capture', 'options', TOP()],
  dashboards: [],
  view: ['safety', 'options', 'log', 'record', 'export', TOP()],
  compare: ['safety', 'options', 'record', 'view'],
  cli: ['safety', 'options', 'log', 'record', 'metrics', 'export', 'dashboards', 'view', 'compare', TOP()],
};

/** Folders that no other folder imports: who does not ask for them does not load them. */
const LEAVES = ['adapters', 'dashboards', 'view', 'compare', 'cli'];

/** Imports that break a rule, each with the reason. */
const EXCEPTIONS: Readonly<Record<string, string>> = {
  'sink.ts -> view/server/view-host.ts': 'loaded when RAW_REQUESTS=view asks for it',
};

const MAX_LINES = 300;
const MAX_FILES_PER_FOLDER = 12;

function TOP(): string {
  return '(top)';
}

interface Import {
  readonly from: string;
  readonly to: string;
}

const files = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .map((path) => path.replaceAll('\\', '/'))
  .filter((path) => /\.(ts|css|html)$/.test(path));
const imports = files.filter((path) => path.endsWith('.ts')).flatMap(importsOf);

function importsOf(from: string): Import[] {
  const text = readFileSync(join(src, from), 'utf8');
  return [...text.matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g)].map(([, specifier]) => {
    const to = relative(src, resolve(join(src, dirname(from)), specifier!)).replaceAll('\\', '/');
    return { from, to };
  });
}

const folderOf = (path: string): string => (path.includes('/') ? path.split('/')[0]! : TOP());

describe('the source', () => {
  test('is imported in the direction of a request', () => {
    const wrong = imports.filter(({ from, to }) => {
      const [a, b] = [folderOf(from), folderOf(to)];
      if (a === b || `${from} -> ${to}` in EXCEPTIONS) return false;
      return a === TOP() ? LEAVES.includes(b) : !MAY_IMPORT[a]?.includes(b);
    });
    assert.deepEqual(
      wrong.map(({ from, to }) => `${from} -> ${to}`),
      [],
    );
  });

  test('has no circle of imports', () => {
    const targets = new Map<string, string[]>();
    for (const { from, to } of imports) targets.set(from, [...(targets.get(from) ?? []), to]);
    const done = new Set<string>();
    const circles: string[] = [];
    const visit = (file: string, way: readonly string[]): void => {
      const at = way.indexOf(file);
      if (at !== -1) circles.push([...way.slice(at), file].join(' -> '));
      if (at !== -1 || done.has(file)) return;
      for (const target of targets.get(file) ?? []) visit(target, [...way, file]);
      done.add(file);
    };
    for (const file of files) visit(file, []);
    assert.deepEqual(circles, []);
  });

  test(`has no file of more than ${MAX_LINES} lines, and half of them have at most 100`, () => {
    const lines = files.map((path) => ({
      path,
      count: readFileSync(join(src, path), 'utf8').split('\n').length - 1,
    }));
    assert.deepEqual(
      lines.filter(({ count }) => count > MAX_LINES),
      [],
    );
    const counts = lines.map(({ count }) => count).sort((a, b) => a - b);
    assert.ok(counts[Math.floor(counts.length / 2)]! <= 100);
  });

  test(`has at most ${MAX_FILES_PER_FOLDER} files at one level of a folder`, () => {
    const counts = new Map<string, number>();
    for (const path of files) counts.set(dirname(path), (counts.get(dirname(path)) ?? 0) + 1);
    const crowded = [...counts].filter(([, count]) => count > MAX_FILES_PER_FOLDER);
    assert.deepEqual(crowded, []);
  });
});
