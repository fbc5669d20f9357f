import { bin, type Framework } from './framework.ts';

const packages = {
  '@sveltejs/kit': '3.2.0',
  '@sveltejs/adapter-node': '6.0.1',
  '@sveltejs/vite-plugin-svelte': '7',
  svelte: '5',
  vite: '8',
};

const files = {
  'src/app.html': '<!doctype html><html><head>%sveltekit.head%</head><body>%sveltekit.body%</body></html>',
  'src/params.js': `
    import { defineParams } from '@sveltejs/kit/params';
    export const params = defineParams({ int: (text) => (/^[0-9]+$/.test(text) ? text : undefined) });`,
  'src/routes/+page.svelte': '<p>home</p>',
  'src/routes/items/[id]/+page.svelte': '<p>item</p>',
  'src/routes/items/[id]/+page.server.js': 'export const load = () => ({ loaded: true });',
  'src/routes/numbers/[n=int]/+page.svelte': '<p>number</p>',
  'src/routes/(group)/[[lang]]/about/+page.svelte': '<p>about</p>',
  'src/routes/api/things/[thing]/+server.js': 'export const GET = ({ params }) => Response.json(params);',
  'src/routes/files/[...path]/+server.js': "export const GET = () => new Response('file');",
  'static/hello.txt': 'hello',
  'vite.config.js': `
    import adapter from '@sveltejs/adapter-node';
    import { sveltekit } from '@sveltejs/kit/vite';
    export default { plugins: [sveltekit({ adapter: adapter(), paths: { base: '/base' } })] };`,
  'server.js': `
    import { createServer } from 'node:http';
    import { handler } from './build/handler.js';
    createServer(handler).listen(process.env.PORT);`,
};

const requests = {
  'GET /base': '308 /base',
  'GET /base/': '200 /base',
  'GET /base/items/7?q=1': '200 /base/items/[id]',
  'GET /base/items/7/__data.json': '200 /base/items/[id]',
  'GET /base/numbers/7': '200 /base/numbers/[n=int]',
  'GET /base/numbers/seven': '404 (unmatched)',
  'GET /base/de/about': '200 /base/(group)/[[lang]]/about',
  'GET /base/about': '200 /base/(group)/[[lang]]/about',
  'GET /base/api/things/a%20b': '200 /base/api/things/[thing]',
  'GET /base/files/a/b': '200 /base/files/[...path]',
  'GET /base/nothing': '404 (unmatched)',
  'GET /base/hello.txt': '200 (static)',
};

const common = { packages, files, requests, node: 24, type: 'module' } as const;

export const svelteKit: readonly Framework[] = [
  {
    name: 'SvelteKit, adapter-node',
    ...common,
    build: [bin('vite/bin/vite.js'), 'build'],
    start: () => ['build/index.js'],
    note: "SvelteKit's own ids, with `paths.base`",
  },
  {
    name: 'SvelteKit in a custom server',
    ...common,
    start: () => ['server.js'],
  },
  {
    name: 'SvelteKit 2',
    ...common,
    packages: {
      '@sveltejs/kit': '2',
      '@sveltejs/adapter-node': '5',
      '@sveltejs/vite-plugin-svelte': '6',
      svelte: '5',
      vite: '7',
    },
    files: {
      ...files,
      'src/params/int.js': 'export const match = (text) => /^[0-9]+$/.test(text);',
      'svelte.config.js': `
        import adapter from '@sveltejs/adapter-node';
        export default { kit: { adapter: adapter(), paths: { base: '/base' } } };`,
      'vite.config.js': `
        import { sveltekit } from '@sveltejs/kit/vite';
        export default { plugins: [sveltekit()] };`,
    },
    build: [bin('vite/bin/vite.js'), 'build'],
    start: () => ['build/index.js'],
  },
];
