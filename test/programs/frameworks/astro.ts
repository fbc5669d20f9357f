import { bin, type Framework } from './framework.ts';

const astro7: Framework = {
  name: 'Astro, @astrojs/node',
  packages: { astro: '7.3.5', '@astrojs/node': '11.1.6' },
  type: 'module',
  node: 24,
  files: {
    'src/pages/index.astro': '<html><body>home</body></html>',
    'src/pages/about.astro': '---\nexport const prerender = true;\n---\n<html><body>about</body></html>',
    'src/pages/items/[id].astro': '<html><body>item</body></html>',
    'src/pages/docs/[...rest].astro': '<html><body>docs</body></html>',
    'src/pages/api/things/[thing].js': 'export const GET = ({ params }) => Response.json(params);',
    'public/hello.txt': 'hello',
    'astro.config.mjs': `
      import node from '@astrojs/node';
      export default { output: 'server', base: '/base', adapter: node({ mode: 'standalone' }) };`,
  },
  build: [bin('astro/bin/astro.mjs'), 'build'],
  start: () => ['dist/server/entry.mjs'],
  env: { ASTRO_TELEMETRY_DISABLED: '1' },
  requests: {
    'GET /base': '200 /base',
    'GET /base/items/7?q=1': '200 /base/items/[id]',
    'GET /base/about/': '200 /base/about',
    'GET /base/docs/a/b': '200 /base/docs/[...rest]',
    'GET /base/api/things/a%20b': '200 /base/api/things/[thing]',
    'GET /base/nothing': '404 (unmatched)',
    'GET /base/hello.txt': '200 (static)',
  },
  note: 'with `base`',
};

export const astro: readonly Framework[] = [
  astro7,
  {
    ...astro7,
    name: 'Astro 5',
    packages: { astro: '5', '@astrojs/node': '9' },
    build: [bin('astro/astro.js'), 'build'],
  },
];
