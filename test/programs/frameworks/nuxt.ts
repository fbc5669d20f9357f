import { bin, type Framework } from './framework.ts';

export const nuxt: Framework = {
  name: 'Nuxt, on Nitro and h3',
  // With Vite 8.4.0, Nuxt 4.5.2 does not build.
  packages: { nuxt: '4.5.2', vite: '8.3.8' },
  type: 'module',
  node: 24,
  files: {
    'app/app.vue': '<template><NuxtPage /></template>',
    'app/pages/index.vue': '<template><p>home</p></template>',
    'app/pages/items/[id].vue': '<template><p>item</p></template>',
    'app/pages/shop/[[kind]]/[...rest].vue': '<template><p>shop</p></template>',
    'server/api/things/[thing].js': `
      export default defineEventHandler((event) => ({ thing: getRouterParam(event, 'thing') }));`,
    'server/api/plain.post.js': 'export default defineEventHandler(() => ({ ok: true }));',
    'public/hello.txt': 'hello',
    'nuxt.config.ts': `export default defineNuxtConfig({
      app: { baseURL: '/base' }, compatibilityDate: '2026-01-01', telemetry: false,
      routeRules: { '/items/cached': { swr: 60 } },
    });`,
  },
  build: [bin('nuxt/bin/nuxt.mjs'), 'build'],
  start: () => ['.output/server/index.mjs'],
  requests: {
    'GET /base/': '200 /base/',
    'GET /base/items/7?q=1': '200 /base/items/:id',
    'GET /base/items/cached': '200 /base/items/:id',
    'GET /base/shop/a/b/c': '200 /base/shop/:kind?/:rest(.*)*',
    'GET /base/api/things/3': '200 /base/api/things/:thing',
    'POST /base/api/plain': '200 /base/api/plain',
    'GET /base/api/plain': '404 (unmatched)',
    'GET /base/nothing': '404 (unmatched)',
    'GET /base/hello.txt': '200 (static)',
  },
  note: 'pages and server routes, with `app.baseURL`',
};

/** Its sources are not in `app/`. */
export const nuxt3: Framework = {
  ...nuxt,
  name: 'Nuxt 3',
  packages: { nuxt: '3.21.11' },
  files: Object.fromEntries(
    Object.entries(nuxt.files).map(([path, text]) => [path.replace(/^app\//, ''), text]),
  ),
};
