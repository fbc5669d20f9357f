import { bin, type Framework } from './framework.ts';

const page = (text: string) => `export default () => <p>${text}</p>;`;

const version8: Framework = {
  name: 'React Router, `react-router-serve`',
  packages: {
    '@react-router/serve': '8.4.0',
    '@react-router/node': '8.4.0',
    '@react-router/dev': '8.4.0',
    'react-router': '8.4.0',
    react: '19',
    'react-dom': '19',
    isbot: '5',
    vite: '8',
  },
  type: 'module',
  node: 24,
  files: {
    'app/root.jsx': `
      import { Outlet } from 'react-router';
      export default () => <html><body><Outlet /></body></html>;`,
    'app/routes.js': `
      import { index, prefix, route } from '@react-router/dev/routes';
      export default [
        index('./routes/home.jsx'),
        route('items/:id', './routes/item.jsx'),
        route('shop', './routes/shop.jsx', [
          index('./routes/all.jsx'),
          route(':product/:size?', './routes/product.jsx'),
        ]),
        route('api/things/:thing', './routes/thing.js'),
        ...prefix('docs', [route('*', './routes/docs.jsx')]),
      ];`,
    'app/routes/home.jsx': page('home'),
    'app/routes/item.jsx': `export const loader = () => ({ loaded: true }); ${page('item')}`,
    'app/routes/shop.jsx': `import { Outlet } from 'react-router'; export default () => <Outlet />;`,
    'app/routes/all.jsx': page('all'),
    'app/routes/product.jsx': page('product'),
    'app/routes/docs.jsx': page('docs'),
    'app/routes/thing.js': 'export const loader = ({ params }) => Response.json(params);',
    'public/hello.txt': 'hello',
    'react-router.config.js': "export default { basename: '/' };",
    'vite.config.js': `
      import { reactRouter } from '@react-router/dev/vite';
      export default { plugins: [reactRouter()] };`,
  },
  build: [bin('@react-router/dev/bin.cjs'), 'build'],
  start: () => [bin('@react-router/serve/bin.cjs'), 'build/server/index.js'],
  requests: {
    'GET /': '200 /',
    'GET /items/7?q=1': '200 /items/:id',
    'GET /items/7.data': '200 /items/:id',
    'GET /shop': '200 /shop',
    'GET /shop/hat/xl': '200 /shop/:product/:size?',
    'GET /api/things/a%20b': '200 /api/things/:thing',
    'GET /docs/a/b': '200 /docs/*',
    'GET /nothing': '404 /{*splat}',
    'GET /hello.txt': '200 (static)',
  },
  note: 'what no page takes has the route of the Express application around it',
};

const remix2: Framework = {
  name: 'Remix 2, `remix-serve`',
  packages: {
    '@remix-run/serve': '2.17.5',
    '@remix-run/node': '2.17.5',
    '@remix-run/react': '2.17.5',
    '@remix-run/dev': '2.17.5',
    react: '18',
    'react-dom': '18',
    isbot: '5',
    vite: '6',
  },
  type: 'module',
  files: {
    'app/root.jsx': `
      import { Outlet } from '@remix-run/react';
      export default () => <html><body><Outlet /></body></html>;`,
    'app/routes/_index.jsx': page('home'),
    'app/routes/items.$id.jsx': `export const loader = () => ({ loaded: true }); ${page('item')}`,
    'app/routes/shop.jsx': `import { Outlet } from '@remix-run/react'; export default () => <Outlet />;`,
    'app/routes/shop._index.jsx': page('all'),
    'app/routes/shop.$product.($size).jsx': page('product'),
    'app/routes/docs.$.jsx': page('docs'),
    'app/routes/api.things.$thing.js': 'export const loader = ({ params }) => new Response(params.thing);',
    'public/hello.txt': 'hello',
    'vite.config.js': `
      import { vitePlugin } from '@remix-run/dev';
      export default { plugins: [vitePlugin()] };`,
  },
  build: [bin('@remix-run/dev/dist/cli.js'), 'vite:build'],
  start: () => [bin('@remix-run/serve/dist/cli.js'), 'build/server/index.js'],
  requests: {
    'GET /': '200 /',
    'GET /items/7?q=1': '200 /items/:id',
    'GET /items/7?_data=routes%2Fitems.%24id': '200 /items/:id',
    'GET /shop': '200 /shop',
    'GET /shop/hat/xl': '200 /shop/:product/:size?',
    'GET /api/things/a%20b': '200 /api/things/:thing',
    'GET /docs/a/b': '200 /docs/*',
    'GET /nothing': '404 *',
    'GET /hello.txt': '200 (static)',
  },
  note: 'what no page takes has the route of the Express application around it',
};

export const reactRouter: readonly Framework[] = [
  version8,
  remix2,
  {
    ...version8,
    name: 'React Router 7',
    packages: {
      '@react-router/serve': '7.18.4',
      '@react-router/node': '7.18.4',
      '@react-router/dev': '7.18.4',
      'react-router': '7.18.4',
      react: '19',
      'react-dom': '19',
      isbot: '5',
      vite: '7',
    },
    build: [bin('@react-router/dev/bin.js'), 'build'],
    start: () => [bin('@react-router/serve/bin.js'), 'build/server/index.js'],
    requests: { ...version8.requests, 'GET /nothing': '404 *' },
  },
];
