import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { promisify } from 'node:util';
import { WebSocket } from 'ws';
import { CATALOG, type Listed, place } from './catalog.ts';
import { folder, installed, type Program, type Seen, start } from './support.ts';

const at = (port: number) => ['--port', String(port)];

/** `PROGRAMS=serve,hexo npm run test:programs` tries these only. */
const wanted = process.env.PROGRAMS?.toLowerCase().split(',');
const isWanted = (name: string) => wanted?.some((word) => name.toLowerCase().includes(word)) ?? true;

/** Makes its requests, and checks that the database holds these and no others. */
async function check(program: Program, { requests, body }: Listed): Promise<void> {
  const init = body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
  for (const line of Object.keys(requests)) {
    const [method = '', path = ''] = line.split(' ');
    const sent = method === 'GET' ? {} : init;
    await (await fetch(program.url + path, { method, redirect: 'manual', ...sent })).arrayBuffer();
  }
  assert.deepEqual(
    (await program.points()).map((p) => `${p.method} ${p.path} ${p.status} ${p.route} ${p.outcome}`),
    Object.entries(requests).map(([line, expected]) => `${line.replace(/\?.*/, '')} ${expected} finished`),
  );
}

describe('node --import raw-requests/register records', { timeout: 120_000 }, () => {
  for (const listed of CATALOG.filter(({ name }) => isWanted(name))) {
    test(listed.name, async (t) => {
      const program = await start(t, (port) => listed.args(port), { cwd: place(t, listed) });
      await check(program, listed);
    });
  }

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
