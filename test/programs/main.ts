import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { promisify } from 'node:util';
import { WebSocket } from 'ws';
import { installed, type Program, type Seen, sample, start, temporary } from './support.ts';

const at = (port: number) => ['--port', String(port)];

type Request = [method: string, path: string, expected: string, body?: object];

/** Makes requests, and checks that the database holds these and no others; each is expected as `status route`. */
async function check(program: Program, requests: readonly Request[]): Promise<void> {
  for (const [method, path, , body] of requests) {
    const init = body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
    await (await fetch(program.url + path, { method, redirect: 'manual', ...init })).arrayBuffer();
  }
  assert.deepEqual(
    (await program.points()).map((p) => `${p.method} ${p.path} ${p.status} ${p.route} ${p.outcome}`),
    requests.map(([method, path, expected]) => `${method} ${path} ${expected} finished`),
  );
}

/** A folder with files, until the test ends. */
function folder(t: TestContext, files: Record<string, string>): string {
  const path = temporary(t);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(path, name), text);
  return path;
}

describe('node --import raw-requests/register records', { timeout: 120_000 }, () => {
  for (const [name, bin, [list, item, root]] of [
    ['json-server 0.17, on Express 4', 'json-server/lib/cli/bin.js', ['/posts', '/posts/:id', '(unmatched)']],
    // tinyhttp keeps no route on the request.
    ['json-server 1.0 beta, on tinyhttp', 'json-server-1/lib/bin.js', Array(3).fill('(unmatched)')],
  ] as const) {
    test(name, async (t) => {
      const cwd = folder(t, { 'db.json': '{"posts":[{"id":"1","title":"one"}]}' });
      const program = await start(t, (port) => [installed(bin), 'db.json', ...at(port)], { cwd });
      await check(program, [
        ['GET', '/posts', `200 ${list}`],
        ['GET', '/posts/1', `200 ${item}`],
        ['GET', '/posts/9', `404 ${item}`],
        ['POST', '/posts', `201 ${list}`, { title: 'two' }],
        ['PATCH', '/posts/1', `200 ${item}`, { title: 'three' }],
        ['GET', '/', `200 ${root}`],
      ]);
    });
  }

  for (const [name, bin] of [
    ['http-server, on node:http', 'http-server/bin/http-server'],
    ['local-web-server, on Koa', 'local-web-server/bin/cli.js'],
  ] as const) {
    test(`${name}, which has no routes`, async (t) => {
      const cwd = folder(t, { 'page.html': 'hello' });
      const program = await start(t, (port) => [installed(bin), ...at(port)], { cwd });
      await check(program, [
        ['GET', '/', '200 (unmatched)'],
        ['GET', '/page.html', '200 (unmatched)'],
        ['GET', '/nothing', '404 (unmatched)'],
      ]);
    });
  }

  test('fastify-cli', async (t) => {
    const cli = installed('fastify-cli/cli.js');
    const program = await start(t, (port) => [cli, 'start', ...at(port), sample('fastify.cjs')]);
    await check(program, [
      ['GET', '/users/1', '200 /users/:id'],
      ['GET', '/nothing', '404 (unmatched)'],
    ]);
  });

  test('a NestJS application', async (t) => {
    const program = await start(t, () => [sample('nest.mjs')]);
    await check(program, [
      ['GET', '/api/cats', '200 /api/cats'],
      ['GET', '/api/cats/tom', '200 /api/cats/:name'],
      ['POST', '/api/cats', '202 /api/cats', {}],
      ['GET', '/api/cats/tom/kittens', '404 /api/cats/:name/kittens'],
      ['GET', '/nothing', '404 (unmatched)'],
    ]);
  });

  test('a Hono application', async (t) => {
    const program = await start(t, () => [sample('hono.mjs')]);
    await check(program, [
      ['GET', '/books', '200 /books'],
      ['GET', '/books/1', '200 /books/:id'],
      ['GET', '/nothing', '404 (unmatched)'],
    ]);
  });

  test('PeerJS, on Express and WebSockets', async (t) => {
    const program = await start(t, (port) => [
      installed('peer/dist/bin/peerjs.js'),
      '--path',
      '/calls',
      ...at(port),
    ]);
    const socket = new WebSocket(`ws://${program.host}/calls/peerjs?key=peerjs&id=me&token=any`);
    await once(socket, 'open');
    const id = await (await fetch(`${program.url}/calls/peerjs/id`)).text();
    assert.match(id, /^[\w-]{36}$/);
    socket.close();
    assert.deepEqual(
      (await program.points()).map((p) => `${p.method} ${p.path} ${p.status} ${p.route} ${p.outcome}`).sort(),
      ['GET /calls/peerjs 101 (unmatched) upgraded', 'GET /calls/peerjs/id 200 /calls/:key/id finished'],
    );
  });

  test('verdaccio, to which npm publishes a package and from which it installs that', async (t) => {
    const cwd = folder(t, {
      'config.yaml': `
        storage: ./storage
        packages: { '**': { access: $all, publish: $all } }
        log: { type: stdout, format: pretty, level: warn }`,
    });
    const bin = installed('verdaccio/bin/verdaccio');
    const program = await start(
      t,
      (port) => [bin, '--config', 'config.yaml', '--listen', `127.0.0.1:${port}`],
      { cwd },
    );
    /** Each with a cache of its own: npm need not ask for what it has published itself. */
    const npm = async (name: string, manifest: object, ...command: string[]) => {
      const home = join(cwd, name);
      mkdirSync(home);
      writeFileSync(join(home, 'package.json'), JSON.stringify(manifest));
      const flags = [
        '--registry',
        program.url,
        `--//${program.host}/:_authToken=any`,
        '--cache',
        join(home, 'cache'),
      ];
      await promisify(execFile)('npm', [...command, ...flags, '--no-audit'], { cwd: home });
    };
    await npm('author', { name: '@people/little', version: '1.0.0' }, 'publish');
    await npm('user', {}, 'install', '@people/little');
    await assert.rejects(npm('other', {}, 'install', 'nothing-of-that-name'), /404/);

    const points = await program.points();
    const name = ({ method, path, status }: Seen) => `${method} ${path} ${status}`;
    assert.deepEqual(points.map(name).sort(), program.seen.map(name).sort());
    assert.ok(points.every(({ outcome }) => outcome === 'finished'));
    const routes = new Map(points.map((point) => [name(point), point.route]));
    for (const [request, route] of [
      ['PUT /@people%2flittle 201', '/:package/:_rev?/:revision?'],
      ['GET /@people%2flittle 200', '/:package/:version?'],
      ['GET /@people/little/-/little-1.0.0.tgz 200', '/:package/-/:filename'],
      ['GET /nothing-of-that-name 404', '/:package/:version?'],
    ] as const)
      assert.equal(routes.get(request), route, request);
  });
});
