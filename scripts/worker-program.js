// Replaces dist/export/thread/worker-program.js by a text with the program of the worker thread. `npm run build` runs
// it. See src/export/thread/worker-program.ts.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const pathOf = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));

const { outputFiles } = await build({
  entryPoints: [pathOf('dist/export/thread/worker.js')],
  bundle: true,
  platform: 'node',
  target: 'node20.19',
  format: 'cjs', // required by `new Worker(text, { eval: true })`
  // Names are kept, so that stacks of errors are readable.
  minifyWhitespace: true,
  minifySyntax: true,
  write: false,
  logLevel: 'warning',
});
const [{ text }] = outputFiles;
const licence = readFileSync(pathOf('node_modules/@influxdata/influxdb-client/LICENSE'), 'utf8').trim();
writeFileSync(
  pathOf('dist/export/thread/worker-program.js'),
  `/*
A part of the text is @influxdata/influxdb-client:

${licence}
*/
export const workerProgram = ${JSON.stringify(`${text.trim()}\n//# sourceURL=raw-requests-worker.js\n`)};
`,
);
