// Writes a CommonJS file with types beside each entry of package.json's `exports`, for Node's `require()`. The file
// re-exports the ES module. `npm run build` runs this script. The types are for TypeScript, which refuses an ES
// module in a CommonJS file under `module` node16 and node18.
import { writeFileSync } from 'node:fs';
import { basename } from 'node:path';

const { default: manifest } = await import('../package.json', { with: { type: 'json' } });

process.env.RAW_REQUESTS = 'off'; // because `raw-requests/register` is imported as well
for (const entry of Object.values(manifest.exports)) {
  if (typeof entry === 'string') continue;
  const url = (path) => new URL(`../${path}`, import.meta.url);
  const values = Object.entries(await import(url(entry.default)));
  const file = `./${basename(entry.default)}`;
  writeFileSync(url(entry['module-sync'].require), code(file, values));
  writeFileSync(url(entry.require.types), types(file, values));
}

/** The same code as that of compilers, so that `import x from` in compiled code finds the default export. */
function code(file, values) {
  return lines(
    `'use strict';`,
    `Object.defineProperty(exports, '__esModule', { value: true });`,
    `const entry = require('${file}');`,
    ...values.map(([name]) => `exports.${name} = entry.${name};`),
  );
}

/**
 * Types are re-exported. Values are declared again, because a CommonJS file can only import the types of an ES
 * module.
 */
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
