import { bin, type Framework } from './framework.ts';

const files = {
  'app/layout.js': 'export default ({ children }) => <html><body>{children}</body></html>;',
  'app/page.js': 'export default () => <p>home</p>;',
  'app/items/[id]/page.js': `
    export const dynamic = 'force-dynamic';
    export default async function Item({ params }) { return <p>{(await params).id}</p>; }`,
  'app/api/things/[thing]/route.js': `
    export const GET = async (_request, { params }) => Response.json(await params);
    export const POST = () => new Response(null, { status: 204 });`,
  'pages/api/old/[id].js': 'export default (req, res) => res.json(req.query);',
  'pages/legacy/[...all].js': `
    export const getServerSideProps = () => ({ props: {} });
    export default () => <p>legacy</p>;`,
  'public/hello.txt': 'hello',
  'next.config.js': `module.exports = {
    basePath: '/shop',
    rewrites: async () => [{ source: '/again/:id', destination: '/items/:id' }],
  };`,
  'server.js': `
    const next = require('next');
    const app = next({ dev: false, dir: __dirname });
    const handle = app.getRequestHandler();
    app.prepare().then(() =>
      require('node:http').createServer((req, res) => handle(req, res)).listen(process.env.PORT));`,
  'express.js': `
    const next = require('next');
    const app = next({ dev: false, dir: __dirname });
    const handle = app.getRequestHandler();
    app.prepare().then(() => {
      const server = require('express')();
      server.get('/own/:id', (req, res) => res.send('own'));
      server.all('/{*path}', (req, res) => handle(req, res));
      server.listen(process.env.PORT);
    });`,
};

const packages = { next: '16.4.6', react: '19', 'react-dom': '19', express: '5' };
const next = bin('next/dist/bin/next');
const env = { NEXT_TELEMETRY_DISABLED: '1' };

const requests = {
  'GET /shop': '200 /shop',
  'GET /shop/items/7?q=1': '200 /shop/items/[id]',
  'GET /shop/again/7': '200 /shop/items/[id]',
  'GET /shop/api/things/3': '200 /shop/api/things/[thing]',
  'POST /shop/api/things/3': '204 /shop/api/things/[thing]',
  'GET /shop/api/old/4': '200 /shop/api/old/[id]',
  'GET /shop/legacy/a/b': '200 /shop/legacy/[...all]',
  'GET /shop/hello.txt': '200 (static)',
  'GET /shop/nothing': '404 (unmatched)',
};

export const nextJs: readonly Framework[] = [
  {
    name: 'Next.js, `next start`',
    packages,
    files,
    env,
    build: [next, 'build'],
    start: (port) => [next, 'start', '--port', String(port)],
    requests,
    note: 'with the base path; a rewrite has the route of the page',
  },
  {
    name: 'Next.js 15',
    packages: { next: '15', react: '19', 'react-dom': '19' },
    files,
    env,
    build: [next, 'build'],
    start: (port) => [next, 'start', '--port', String(port)],
    requests,
  },
  { name: 'Next.js, custom server', packages, files, env, start: () => ['server.js'], requests },
  {
    name: 'Next.js in Express',
    packages,
    files,
    env,
    start: () => ['express.js'],
    requests: {
      ...requests,
      'GET /own/1': '200 /own/:id',
      'GET /shop/hello.txt': '200 /{*path}',
      'GET /shop/nothing': '404 /{*path}',
    },
  },
  {
    name: 'Next.js, `next dev`',
    packages,
    files,
    env,
    start: (port) => [next, 'dev', '--port', String(port)],
    requests,
  },
];
