import assert from 'node:assert/strict';
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { astro } from '../../../src/capture/builds/astro.ts';
import type { Build } from '../../../src/capture/builds/build.ts';
import { nitro } from '../../../src/capture/builds/nitro.ts';
import { reactRouter } from '../../../src/capture/builds/react-router.ts';
import { svelteKit } from '../../../src/capture/builds/svelte-kit.ts';
import { namedRoute } from '../../../src/capture/routes/named-route.ts';

// `npm run test:frameworks` tries builds that these frameworks have made.

/** A folder with files. */
async function folder(t: TestContext, files: Record<string, string>): Promise<string> {
  const path = await realpath(await mkdtemp(join(tmpdir(), 'raw-requests-build-')));
  t.after(() => rm(path, { recursive: true }));
  for (const [name, text] of Object.entries({ 'package.json': '{"type":"module"}', ...files })) {
    await mkdir(dirname(join(path, name)), { recursive: true });
    await writeFile(join(path, name), text);
  }
  return path;
}

/** The routes that a build has for these paths. */
async function routesOf(build: Build, program: string, ...paths: string[]) {
  const file = build.find({ program, folder: dirname(program), cwd: tmpdir() });
  assert.ok(file, 'the build was found');
  const match = await build.load(file);
  return paths.map((path) => match?.(path));
}

const CHUNK_EXPORT = '; export { manifest as m };';

describe('the routes of a build', () => {
  const routes = `[
    { id: '/', pattern: /^\\/$/, params: [] },
    { id: '/numbers/[n=int]', pattern: /^\\/numbers\\/([^/]+?)\\/?$/, params: [{ matcher: 'int' }] },
    { id: '/numbers/[text]', pattern: /^\\/numbers\\/([^/]+?)\\/?$/, params: [{}] },
    { id: '/items/[id]', pattern: /^\\/items\\/([^/]+?)\\/?$/, params: [{}] },
  ]`;
  const manifests = {
    'SvelteKit 2': `export const manifest = { appDir: '_app', appPath: 'shop/_app', _: {
      routes: ${routes}, matchers: async () => ({ int: (text) => /^\\d+$/.test(text) }) } };`,
    'SvelteKit 3': `export const manifest = { app_dir: '_app', app_path: 'shop/_app',
      routes: ${routes}, matchers: async () => ({ int: { '~standard': {
        validate: (text) => (/^\\d+$/.test(text) ? { value: text } : { issues: [] }) } } }) };`,
  };
  for (const [name, manifest] of Object.entries(manifests)) {
    test(`of ${name} are those of its manifest`, async (t) => {
      const chunk = './server/chunks/manifest.js-B06.js';
      const at = await folder(t, {
        'index.js': '',
        ...(name === 'SvelteKit 2'
          ? {
              'handler.js': `import '${chunk}';`,
              [chunk]: manifest.replace('export const', 'const') + CHUNK_EXPORT,
            }
          : { 'handler.js': '', 'server/manifest.js': manifest }),
      });
      const paths = ['/shop', '/shop/items/7', '/shop/items/a%20b/__data.json', '/shop/numbers/7'];
      const found = await routesOf(
        svelteKit,
        join(at, 'index.js'),
        ...paths,
        '/shop/numbers/x',
        '/shop/no',
        '/7',
      );
      const items = '/shop/items/[id]';
      assert.deepEqual(found, [
        '/shop',
        items,
        items,
        '/shop/numbers/[n=int]',
        '/shop/numbers/[text]',
        undefined,
        undefined,
      ]);
    });
  }

  test('of Astro are in the JSON of a chunk', async (t) => {
    const route = (route: string, pattern: string) => ({ routeData: { route, pattern } });
    const manifest = {
      base: '/shop',
      routes: [
        route('/items/[id]', '^\\/items\\/([^/]+?)\\/?$'),
        route('/', '^\\/$'),
        route('/404', '^\\/404$'),
      ],
    };
    const at = await folder(t, {
      'entry.mjs': `export { t as handler } from "./chunks/server_D9.mjs";`,
      'chunks/server_D9.mjs': `
        function deserializeManifest(given) { return given; }
        var manifest = deserializeManifest(${JSON.stringify(manifest)});
        throw new Error('it is read, not loaded');`,
    });
    assert.deepEqual(
      await routesOf(astro, join(at, 'entry.mjs'), '/shop/', '/shop/items/7', '/shop/404', '/x'),
      ['/shop', '/shop/items/[id]', undefined, undefined],
    );
  });

  test('of Nitro are named by its hook', async (t) => {
    const at = await folder(t, {
      'server/index.mjs': `export { z as default } from './chunks/nitro/nitro.mjs';`,
      'server/chunks/nitro/nitro.mjs': `
        const hooks = { hook: (name, run) => { globalThis.nitroHook = [name, run]; } };
        function useNitroApp() { return { hooks }; }
        function useRuntimeConfig() { return { app: { baseURL: '/base/' } }; }
        export { useNitroApp as a, useRuntimeConfig as b, hooks as c };`,
    });
    await routesOf(nitro, join(at, 'server/index.mjs'));
    const [name, run] = (globalThis as never as { nitroHook: [string, (event: object) => void] }).nitroHook;
    assert.equal(name, 'request');
    const routeOf = (path?: string) => {
      const req = {};
      run({ node: { req }, context: { matchedRoute: path && { path } } });
      return namedRoute(req);
    };
    assert.deepEqual(['/api/:id', '/**', undefined].map(routeOf), ['/base/api/:id', undefined, undefined]);
  });

  test('are looked for in no other program', async (t) => {
    const at = await folder(t, { 'index.js': '', 'server/index.mjs': '' });
    for (const build of [nitro, svelteKit, astro, reactRouter]) {
      for (const program of [join(at, 'index.js'), join(at, 'server/index.mjs')]) {
        assert.equal(build.find({ program, folder: dirname(program), cwd: at }), undefined);
      }
    }
  });
});
