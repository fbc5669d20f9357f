// Replaces the modules that an application loads by bundles of them: a process that starts reads a few files in place of
// a hundred. Modules that several of them need are in dist/chunks, so that a process has one copy of each. The command
// line and the CommonJS copy use the single modules. `npm run build` runs it, last.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const pathOf = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));

/** Imported by applications, or loaded while they run. `register.js` imports nothing, and loads `observe-servers.js`. */
const ENTRIES = [
  'index',
  'prometheus',
  'observe-servers',
  ...readdirSync(pathOf('dist/adapters')).flatMap((name) =>
    name.endsWith('.js') ? `adapters/${name.slice(0, -'.js'.length)}` : [],
  ),
  'capture/census/census',
  'capture/node/idle-notice',
  'view/server/view-host',
];

const { outputFiles, metafile } = await build({
  entryPoints: ENTRIES.map((entry) => pathOf(`dist/${entry}.js`)),
  outbase: pathOf('dist'),
  outdir: pathOf('dist'),
  chunkNames: 'chunks/[name]-[hash]',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  // Valibot is in the bundle, because most of it is not needed.
  external: ['pino', 'on-finished', 'fastest-levenshtein', '@influxdata/influxdb-client'],
  metafile: true,
  absWorkingDir: pathOf(''),
  allowOverwrite: true,
  write: false,
  logLevel: 'warning',
});
const licence = readFileSync(pathOf('node_modules/valibot/LICENSE.md'), 'utf8').trim();
const hasValibot = (path) =>
  Object.keys(metafile.outputs[path].inputs).some((input) => input.startsWith('node_modules/valibot/'));
mkdirSync(pathOf('dist/chunks'), { recursive: true });
for (const { path, text } of outputFiles) {
  const name = relative(pathOf(''), path).replaceAll('\\', '/');
  const head = hasValibot(name) ? `/*\nA part of this file is valibot:\n\n${licence}\n*/\n` : '';
  writeFileSync(path, head + text);
}
