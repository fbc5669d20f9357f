// Writes dist/compare/report/html/template.html: the page of `raw-requests compare --html`, with its program and styles in
// it, so that the file needs nothing besides itself. `npm run build` runs it.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const pathOf = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));
const from = pathOf('src/compare/report/html/page/');
const to = pathOf('dist/compare/report/html/');

const { outputFiles } = await build({
  entryPoints: [`${from}main.ts`, `${from}style.css`],
  bundle: true,
  minify: true,
  format: 'iife',
  target: ['chrome111', 'firefox115', 'safari16.4'],
  outdir: to,
  write: false,
  logLevel: 'warning',
});
const textOf = (ending) => outputFiles.find(({ path }) => path.endsWith(ending)).text.trim();
const [script, style] = [textOf('.js'), textOf('.css')];
// `</script` would end the element of the program, and `<!--` would hide its end.
if (/<\/(?:script|style)|<!--/i.test(script + style))
  throw new Error('the program cannot be put into a page');

// Only this program may run in the page: not one that a name or a route of a compared server would smuggle in.
const hash = `'sha256-${createHash('sha256').update(script).digest('base64')}'`;
const template = readFileSync(`${from}template.html`, 'utf8')
  .replace('{{script-hash}}', hash)
  .replace('<!--style-->', () => `<style>${style}</style>`)
  .replace('<!--script-->', () => `<script>${script}</script>`);
mkdirSync(to, { recursive: true });
writeFileSync(`${to}template.html`, template);
