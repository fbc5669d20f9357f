// Puts beside the compiled page what is not compiled: `npm run build` runs it.
import { copyFileSync, mkdirSync, readdirSync } from 'node:fs';

const from = new URL('../src/viewer/page/', import.meta.url);
const to = new URL('../dist/viewer/page/', import.meta.url);

mkdirSync(to, { recursive: true });
for (const name of readdirSync(from)) {
  if (/\.(html|css|svg)$/.test(name)) copyFileSync(new URL(name, from), new URL(name, to));
}
