import type { TestContext } from 'node:test';
import { folder, installed, linkModules, sample } from './support.ts';

/** A program that people run, its files, and requests as its own pages or clients make them. */
export interface Listed {
  /** As the table of docs/where-it-runs.md names it. */
  readonly name: string;
  /** The folder of its package in `node_modules`; none for a sample of this repository. */
  readonly package?: string;
  /** What it serves with. */
  readonly on: string;
  readonly files?: Readonly<Record<string, string>>;
  /** Whether it looks for its packages in its working directory. */
  readonly isLocal?: true;
  /** The arguments of `node`. */
  args(port: number): string[];
  /** By request (`POST /items`): status and route. */
  readonly requests: Readonly<Record<string, string>>;
  /** Of all requests that are neither GET nor HEAD. */
  readonly body?: object;
}

const at = (port: number) => ['--port', String(port)];

const page = '<!doctype html><html><body>hello</body></html>';
const posts = (list: string, item: string) => ({
  'GET /posts': `200 ${list}`,
  'GET /posts/1': `200 ${item}`,
  'GET /posts/9': `404 ${item}`,
  'PATCH /posts/1': `200 ${item}`,
});

export const CATALOG: readonly Listed[] = [
  {
    name: 'json-server',
    package: 'json-server',
    on: 'Express 4',
    files: { 'db.json': '{"posts":[{"id":"1","title":"one"}]}' },
    args: (port) => [installed('json-server/lib/cli/bin.js'), 'db.json', '--quiet', ...at(port)],
    requests: { ...posts('/posts', '/posts/:id'), 'GET /': '200 (static)' },
    body: { title: 'three' },
  },
  {
    name: 'json-server, beta',
    package: 'json-server-1',
    on: 'tinyhttp',
    files: { 'db.json': '{"posts":[{"id":"1","title":"one"}]}' },
    args: (port) => [installed('json-server-1/lib/bin.js'), 'db.json', ...at(port)],
    requests: { ...posts('/:name', '/:name/:id'), 'GET /': '200 /' },
    body: { title: 'three' },
  },
  {
    name: 'Mockoon',
    package: '@mockoon/cli',
    on: 'Express 4',
    files: {
      'mock.json': JSON.stringify({
        uuid: 'a8a7b6c5-0000-4000-8000-000000000001',
        lastMigration: 33,
        name: 'mock',
        endpointPrefix: 'api',
        port: 3000,
        hostname: '',
        routes: [
          {
            uuid: 'a8a7b6c5-0000-4000-8000-000000000002',
            type: 'http',
            method: 'get',
            endpoint: 'items/:id',
            responses: [
              {
                uuid: 'a8a7b6c5-0000-4000-8000-000000000003',
                default: true,
                statusCode: 200,
                headers: [],
                body: '{"mock":true}',
                bodyType: 'INLINE',
                rules: [],
                rulesOperator: 'OR',
              },
            ],
          },
        ],
        headers: [],
        proxyMode: false,
        folders: [],
        rootChildren: [{ type: 'route', uuid: 'a8a7b6c5-0000-4000-8000-000000000002' }],
        data: [],
        callbacks: [],
        proxyReqHeaders: [],
        proxyResHeaders: [],
        tlsOptions: { enabled: false, type: 'CERT' },
        cors: false,
      }),
    },
    args: (port) => [
      installed('@mockoon/cli/bin/run.js'),
      ...['start', '--data', 'mock.json', '--repair', '--disable-log-to-file', ...at(port)],
    ],
    requests: { 'GET /api/items/7': '200 /api/items/:id', 'GET /api/nothing': '404 *' },
  },
  {
    name: 'Node-RED',
    package: 'node-red',
    on: 'Express 4',
    files: {
      'settings.js': "module.exports = { flowFile: 'flows.json', logging: { console: { level: 'off' } } };",
    },
    args: (port) => [
      installed('node-red/red.js'),
      ...['--userDir', '.', '--settings', 'settings.js', ...at(port)],
    ],
    requests: {
      'GET /': '200 /',
      'GET /settings': '200 /settings',
      'GET /flows': '200 /flows',
      'GET /red/images/node-red.svg': '200 (static)',
      'GET /nothing': '404 (unmatched)',
    },
  },
  {
    name: 'verdaccio',
    package: 'verdaccio',
    on: 'Express 4',
    files: {
      'config.yaml': `
        storage: ./storage
        packages: { '**': { access: $all, publish: $all } }
        log: { type: stdout, format: pretty, level: warn }`,
    },
    args: (port) => [
      installed('verdaccio/bin/verdaccio'),
      ...['--config', 'config.yaml', '--listen', `127.0.0.1:${port}`],
    ],
    requests: {
      'GET /': '200 /',
      'GET /-/ping': '200 /-/ping',
      'GET /-/v1/search?text=any': '200 /-/v1/search',
      'GET /nothing-of-that-name': '404 /:package/:version?',
    },
  },
  {
    name: 'PeerJS server',
    package: 'peer',
    on: 'Express 4',
    args: (port) => [installed('peer/dist/bin/peerjs.js'), '--path', '/calls', ...at(port)],
    requests: {
      'GET /calls/': '200 /calls',
      'GET /calls/peerjs/id': '200 /calls/:key/id',
      'GET /nothing': '404 (unmatched)',
    },
  },
  {
    name: 'webpack-dev-server',
    package: 'webpack-dev-server',
    on: 'Express 4',
    files: {
      'src/index.js': "document.body.textContent = 'hello';",
      'public/index.html': page,
      'webpack.config.js': `module.exports = {
        mode: 'development', devtool: false, stats: 'none', infrastructureLogging: { level: 'none' },
        entry: './src/index.js',
        devServer: { host: '127.0.0.1', port: Number(process.env.PORT), static: './public', hot: false, liveReload: false },
      };`,
    },
    args: () => [installed('webpack/bin/webpack.js'), 'serve'],
    requests: { 'GET /': '200 (static)', 'GET /main.js': '200 (static)', 'GET /nothing': '404 (unmatched)' },
  },
  {
    name: 'Vite, development server',
    package: 'vite',
    on: 'connect',
    files: { 'index.html': page, 'main.js': 'export const hello = 1;', 'public/hello.txt': 'hello' },
    args: (port) => [installed('vite/bin/vite.js'), '--host', '127.0.0.1', '--strictPort', ...at(port)],
    requests: {
      'GET /': '200 (unmatched)',
      'GET /main.js': '200 (unmatched)',
      'GET /hello.txt': '200 (static)',
    },
  },
  {
    name: 'Browsersync',
    package: 'browser-sync',
    on: 'connect',
    files: { 'index.html': page, 'hello.txt': 'hello' },
    args: (port) => [
      installed('browser-sync/dist/bin.js'),
      ...['start', '--server', '--no-open', '--no-ui', '--no-notify', '--no-online', ...at(port)],
    ],
    requests: {
      'GET /': '200 (static)',
      'GET /hello.txt': '200 (static)',
      'GET /nothing': '404 (unmatched)',
    },
  },
  {
    name: 'Hexo',
    package: 'hexo',
    isLocal: true,
    on: 'connect',
    files: {
      'package.json':
        '{"hexo":{"version":"8.1.2"},"dependencies":{"hexo-server":"*","hexo-renderer-marked":"*"}}',
      '_config.yml': 'title: blog\nurl: http://localhost\ntheme: plain\n',
      'source/about.md': '---\ntitle: about\n---\nhello',
      'source/hello.txt': 'hello',
      'themes/plain/layout/index.swig': page,
    },
    args: (port) => [installed('hexo/bin/hexo'), 'server', '--ip', '127.0.0.1', ...at(port)],
    requests: { 'GET /hello.txt': '200 (unmatched)', 'GET /nothing': '404 (unmatched)' },
  },
  {
    name: 'fastify-cli',
    package: 'fastify-cli',
    on: 'Fastify 5',
    args: (port) => [installed('fastify-cli/cli.js'), 'start', ...at(port), sample('fastify.cjs')],
    requests: { 'GET /users/1': '200 /users/:id', 'GET /nothing': '404 (unmatched)' },
  },
  {
    name: 'a NestJS 12 application',
    on: 'Express 5',
    args: () => [sample('nest.mjs')],
    requests: {
      'GET /api/cats': '200 /api/cats',
      'GET /api/cats/tom': '200 /api/cats/:name',
      'POST /api/cats': '202 /api/cats',
      'GET /api/cats/tom/kittens': '404 /api/cats/:name/kittens',
      'GET /nothing': '404 (unmatched)',
    },
    body: {},
  },
  {
    name: 'a Hono 4 application',
    on: '@hono/node-server',
    args: () => [sample('hono.mjs')],
    requests: {
      'GET /books': '200 /books',
      'GET /books/1': '200 /books/:id',
      'GET /nothing': '404 (unmatched)',
    },
  },
  ...(
    [
      [
        'http-server',
        'node:http',
        (port) => [installed('http-server/bin/http-server'), '--silent', ...at(port)],
      ],
      ['local-web-server', 'Koa', (port) => [installed('local-web-server/bin/cli.js'), ...at(port)]],
      [
        'serve',
        'node:http',
        (port) => [installed('serve/build/main.js'), '--no-clipboard', '--listen', String(port)],
      ],
      ['sirv-cli', 'node:http', (port) => [installed('sirv-cli/bin.js'), '.', '--quiet', ...at(port)]],
    ] as const satisfies readonly (readonly [string, string, Listed['args']])[]
  ).map(
    ([name, on, args]): Listed => ({
      name,
      package: name,
      on,
      files: { 'index.html': page, 'page.txt': 'hello' },
      args,
      requests: {
        'GET /': '200 (static)',
        'GET /page.txt': '200 (static)',
        'GET /nothing': '404 (unmatched)',
      },
    }),
  ),
];

/** A working directory for a program, until the test ends. */
export function place(t: TestContext, { files = {}, isLocal }: Listed): string {
  const cwd = folder(t, files);
  if (isLocal) linkModules(cwd);
  return cwd;
}
