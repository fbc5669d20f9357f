// Writes dist/commonjs: the package as real CommonJS, for environments that cannot `require()` an ES module, such as
// Jest and Yarn Plug'n'Play. `npm run build` runs it. Node uses the ES modules for `import` and `require()` alike, by
// the condition `module-sync` of package.json's `exports`, so that a process has one copy of this package.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const dist = fileURLToPath(new URL('../dist/', import.meta.url));
const out = `${dist}commonjs/`;

/** Separate programs, and files for the browser. */
const ELSEWHERE = /^(?:cli|compare|view\/page|commonjs)\//;

const files = readdirSync(dist, { recursive: true, encoding: 'utf8' })
  .map((path) => path.replaceAll('\\', '/'))
  .filter((path) => path.endsWith('.js') && !ELSEWHERE.test(path));
const hasUrl = (path) => readFileSync(dist + path, 'utf8').includes('import.meta.url');

await compile(files.filter((path) => !hasUrl(path)));
await compile(files.filter(hasUrl), {
  define: { 'import.meta.url': 'importMetaUrl' },
  banner: { js: `const importMetaUrl = require('node:url').pathToFileURL(__filename).href;` },
});
writeFileSync(`${out}package.json`, '{ "type": "commonjs" }\n');

function compile(paths, options = {}) {
  return build({
    entryPoints: paths.map((path) => dist + path),
    outbase: dist,
    outdir: out,
    format: 'cjs',
    platform: 'node',
    target: 'node20.19',
    supported: { 'dynamic-import': false }, // Jest does not support it
    logLevel: 'warning',
    ...options,
  });
}
