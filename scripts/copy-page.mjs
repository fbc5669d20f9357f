// Copies the files of the page that are not compiled, and the chart library, so that the page needs only its server.
// `npm run build` runs it.
import { copyFileSync, cpSync, mkdirSync } from 'node:fs';

const from = new URL('../src/view/page/', import.meta.url);
const to = new URL('../dist/view/page/', import.meta.url);
const uPlot = new URL('../node_modules/uplot/', import.meta.url);
const vendor = new URL('vendor/', to);

mkdirSync(vendor, { recursive: true });
cpSync(from, to, { recursive: true, filter: (path) => !/\.(ts|json)$/.test(path) });
copyFileSync(new URL('dist/uPlot.esm.js', uPlot), new URL('uPlot.esm.js', vendor));
copyFileSync(new URL('dist/uPlot.min.css', uPlot), new URL('uPlot.min.css', vendor));
copyFileSync(new URL('LICENSE', uPlot), new URL('uPlot-LICENSE.txt', vendor));
