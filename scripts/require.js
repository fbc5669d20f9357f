// Writes what Node's `require()` gets, beside each entry of package.json's `exports`: a CommonJS file that passes the ES
// module on, and its types. `npm run build` runs it. The types are for TypeScript, which refuses an ES module in a CommonJS
// file under `module` node16 and node18.
import { writeFileSync } from 'node:fs';
import { basename } from 'node:path';

const { default: manifest } = await import('../package.json', { with: { type: 'json' } });

process.env.RAW_REQUESTS = 'off'; // `raw-requests/register` is imported, too.
for (const entry of Object.values(manifest.exports)) {
  if (typeof entry === 'string') continue;
  const url = (path) => new URL(`../${path}`, import.meta.url);
  const values = Object.entries(await import(url(entry.default)));
  const file = `./${basename(entry.default)}`;
  writeFileSync(url(entry['module-sync'].require), code(file, values));
  writeFileSync(url(entry.require.types), types(file, values));
}

/** As compilers write it, so that `import x from` in compiled code finds the default export. */
function code(file, values) {
  return lines(
    `'use strict';`,
    `Object.defineProperty(exports, '__esModule', { value: true });`,
    `const entry = require('${file}');`,
    ...values.map(([name]) => `exports.${name} = entry.${name};`),
  );
}

/** Types come along as they are. A value is declared anew: to such a file, an ES module has only types. */
function types(file, values) {
  const from = `from '${file}' with { 'resolution-mode': 'import' };`;
  return lines(
    `import type * as entry ${from}`,
    `export type * ${from}`,
    ...values.flatMap(([name, value]) => {
      if (name === 'default')
        return ['declare const _default: typeof entry.default;', 'export default _default;'];
      const declared = [`export declare const ${name}: typeof entry.${name};`];
      const isClass = typeof value === 'function' && String(value).startsWith('class');
      return isClass ? [...declared, `export type ${name} = entry.${name};`] : declared;
    }),
  );
}

function lines(...all) {
  return `${all.join('\n')}\n`;
}
