// Runs the compiled tests, and prints the slowest files:
//   node scripts/test.js                          all tests
//   node scripts/test.js --quick                  files that need only npm packages and little time
//   node scripts/test.js view capture/slots       files whose path contains `view` or `capture/slots`
//   node scripts/test.js export --name 'flush'    tests in these files whose name matches
import { readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join, sep } from 'node:path';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

/** A file that takes this long hangs, even on a busy machine. */
const QUICK_MS = 120_000;
const FULL_MS = 600_000;
const SLOWEST_SHOWN = 5;

const { values, positionals } = parseArgs({
  options: { quick: { type: 'boolean', default: false }, name: { type: 'string' } },
  allowPositionals: true,
});
const root = fileURLToPath(new URL('..', import.meta.url));
const isFull = (path) => /\.(?:full|slow)\.test\.ts$/.test(path);
/** Whole comparisons and workshops. They are run when they are named, and by `npm run test:slow`. */
const isSlow = (path) => path.endsWith('.slow.test.ts');
/** They begin first, so that the last ones end together. */
const LONGEST = [
  'safety/every-entry',
  'faults/faults',
  'export/load',
  'compare/compare',
  'frameworks/contract',
];
const rank = (path) => {
  const at = LONGEST.findIndex((name) => path.startsWith(name));
  return at === -1 ? LONGEST.length : at;
};

// Selected by sources, because compiled files of removed sources may still exist. The long ones start first.
const paths = readdirSync(join(root, 'test'), { recursive: true })
  .map((path) => path.split(sep).join('/'))
  .filter((path) => path.endsWith('.test.ts') && !path.includes('node_modules/'))
  .filter((path) => !(values.quick && isFull(path)))
  .filter((path) => positionals.length > 0 || !isSlow(path))
  .filter((path) => positionals.length === 0 || positionals.some((part) => path.includes(part)))
  .sort((a, b) => Number(isFull(b)) - Number(isFull(a)) || rank(a) - rank(b) || a.localeCompare(b));
if (paths.length === 0) throw new Error(`no test file has a path with ${positionals.join(' or ')}`);

if (process.env.NODE_V8_COVERAGE) {
  const preload = new URL('cover-threads.js', import.meta.url).href;
  process.env.NODE_OPTIONS = `${process.env.NODE_OPTIONS ?? ''} --import ${preload}`;
}

const start = performance.now();
const secondsOf = new Map();
const tests = run({
  files: paths.map((path) => join(root, '.build', 'test', path.replace(/ts$/, 'js'))),
  // More files than there are cores, because many of them wait for processes.
  concurrency: availableParallelism() + 2,
  timeout: values.quick ? QUICK_MS : FULL_MS,
  testNamePatterns: values.name,
});
const count = ({ file, nesting, details }) => {
  if (nesting === 0) secondsOf.set(file, (secondsOf.get(file) ?? 0) + details.duration_ms / 1e3);
};
tests.on('test:pass', count);
tests.on('test:fail', (failed) => {
  count(failed);
  if (failed.todo === undefined || failed.todo === false) process.exitCode = 1;
});
tests.on('end', () => {
  const seconds = (performance.now() - start) / 1e3;
  const slowest = [...secondsOf].sort(([, a], [, b]) => b - a).slice(0, SLOWEST_SHOWN);
  const named = slowest.map(([file, s]) => `${file.split(`.build${sep}test${sep}`).pop()} ${s.toFixed(1)} s`);
  process.on('exit', () =>
    console.log(`\n${paths.length} files in ${seconds.toFixed(1)} s; ${named.join(', ')}`),
  );
});
tests.compose(new spec()).pipe(process.stdout);
