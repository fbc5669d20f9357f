import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import Hapi from '@hapi/hapi';
import makeFastify from 'fastify';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const env = { ...process.env, INFLUX_URL: '', RAW_REQUESTS: '' };
const require = createRequire(import.meta.url);
/** An entry of `exports`. */
interface Entry {
  readonly 'module-sync': { readonly require: string; readonly default: string };
  readonly require: { readonly types: string; readonly default: string };
  readonly types: string;
  readonly default: string;
}

const manifest: {
  readonly exports: {
    readonly '.': Entry;
    readonly './package.json': string;
    readonly [path: string]: Entry | string;
  };
  readonly types: string;
  readonly typesVersions: object;
} = require('raw-requests/package.json');

describe('the package', () => {
  test('gives import and require the same, and the main thing of an entry as its default export', async () => {
    const defaults: Record<string, string> = {
      'raw-requests': 'rawRequests',
      'raw-requests/fastify': 'rawRequestsFastify',
      'raw-requests/koa': 'rawRequestsKoa',
      'raw-requests/hapi': 'rawRequestsHapi',
      'raw-requests/hono': 'rawRequestsHono',
      'raw-requests/fetch': 'rawRequestsFetch',
      'raw-requests/lambda': 'rawRequestsLambda',
    };
    for (const path of Object.keys(manifest.exports)) {
      if (path === './package.json') continue;
      const name = path.replace('.', 'raw-requests');
      const imported = await import(name);
      const required = require(name);
      assert.deepEqual(Object.keys(required).sort(), Object.keys(imported).sort(), name);
      for (const key of Object.keys(imported))
        assert.equal(required[key], imported[key], `${key} of ${name}`);
      const main = defaults[name];
      assert.equal(imported.default, main === undefined ? undefined : imported[main], name);
    }
  });

  test('has its plug-ins taken by Fastify and Hapi as they are required', async (t) => {
    const fastify = makeFastify();
    t.after(() => fastify.close());
    await fastify.register(require('raw-requests/fastify'));
    assert.ok(fastify.hasDecorator('rawRequests'));
    const hapi = Hapi.server();
    await hapi.register(require('raw-requests/hapi'));
    assert.ok('raw-requests' in hapi.plugins);
  });

  test('names the same types for every way in which TypeScript looks for them', () => {
    const entries = Object.entries(manifest.exports).filter(
      (pair): pair is [string, Entry] => pair[0] !== './package.json',
    );
    const old = entries
      .filter(([path]) => path !== '.')
      .map(([path, { types }]) => [path.replace('./', ''), [types]]);
    assert.equal(manifest.types, manifest.exports['.'].types);
    assert.deepEqual(manifest.typesVersions, { '*': Object.fromEntries(old) });
    for (const [, entry] of entries) {
      const stem = entry.default.replace(/\.js$/, '');
      assert.deepEqual(entry, {
        'module-sync': { require: `${stem}.cjs`, default: `${stem}.js` },
        require: { types: `${stem}.d.cts`, default: `${stem.replace('dist', 'dist/commonjs')}.js` },
        types: `${stem}.d.ts`,
        default: `${stem}.js`,
      });
    }
  });

  test('does nothing when it is imported: no thread, no timer, no listener, no socket', () => {
    const code = `
      const http = process.getBuiltinModule('node:http');
      process.on('worker', () => console.log('a thread'));
      process.stdout, process.stderr; // opens what a console needs
      const look = () => JSON.stringify([process.eventNames(), process.getActiveResourcesInfo().sort(), Object.keys(http.ServerResponse.prototype)]);
      // Files that were read are closed.
      const rest = async () => {
        do await new Promise(setImmediate);
        while (process.getActiveResourcesInfo().includes('CloseReq'));
      };
      await rest();
      const before = look();
      await import('raw-requests');
      await rest();
      console.log(look() === before ? 'the same' : before + look());
    `;
    const stdout = execFileSync(process.execPath, ['--input-type=module', '-e', code], {
      cwd: root,
      env,
      encoding: 'utf8',
    });
    assert.equal(stdout, 'the same\n');
  });
});
