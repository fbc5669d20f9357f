import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const env = { ...process.env, INFLUX_URL: '', RAW_REQUESTS: '' };

describe('the package', () => {
  test('is imported and required by its name', async () => {
    const imported = await import('raw-requests');
    assert.deepEqual(Object.keys(imported).sort(), ['ConfigError', 'rawRequests']);
    for (const [entry, names] of [
      ['raw-requests/fastify', ['rawRequestsFastify']],
      ['raw-requests/koa', ['rawRequestsKoa']],
      ['raw-requests/hapi', ['rawRequestsHapi']],
      ['raw-requests/hono', ['rawRequestsHono']],
      ['raw-requests/prometheus', ['prometheusMetrics']],
      ['raw-requests/dashboards', ['dashboards']],
      ['raw-requests/register', []],
    ] as const) {
      const entryExports = Object.keys(await import(entry));
      for (const name of names) assert.ok(entryExports.includes(name), `${name} of ${entry}`);
    }
    const code = `const { rawRequests } = require('raw-requests'); console.log(rawRequests().name)`;
    // From node_modules no warning is shown; from within the package itself Node 20 says that require() of ESM is new.
    const { stdout, status } = spawnSync(process.execPath, ['-e', code], {
      cwd: root,
      env,
      encoding: 'utf8',
    });
    assert.equal(status, 0);
    assert.equal(stdout, 'rawRequests\n');
  });

  test('does nothing when it is imported: no thread, no timer, no listener, no socket', () => {
    const code = `
      const http = process.getBuiltinModule('node:http');
      process.on('worker', () => console.log('a thread'));
      process.stdout, process.stderr; // opens what a console needs
      const look = () => JSON.stringify([process.eventNames(), process.getActiveResourcesInfo().sort(), Object.keys(http.ServerResponse.prototype)]);
      const before = look();
      await import('raw-requests');
      await new Promise(setImmediate); // the files that were read are closed
      console.log(look() === before ? 'the same' : before + look());
    `;
    const stdout = execFileSync(process.execPath, ['--input-type=module', '-e', code], {
      cwd: root,
      env,
      encoding: 'utf8',
    });
    assert.equal(stdout, 'the same\n');
  });

  test('works when it is installed from its tarball, with types', { timeout: 120_000 }, (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'raw-requests-package-'));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    const npm = (args: string[], cwd: string) =>
      execFileSync('npm', args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    const [{ filename }] = JSON.parse(
      npm(['pack', '--ignore-scripts', '--json', '--pack-destination', folder], root),
    );
    writeFileSync(join(folder, 'package.json'), '{"private":true,"type":"module"}');
    npm(
      ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline', join(folder, filename)],
      folder,
    );

    writeFileSync(join(folder, 'required.cjs'), `console.log(require('raw-requests').rawRequests().name)`);
    const required = spawnSync(process.execPath, ['required.cjs'], { cwd: folder, env, encoding: 'utf8' });
    assert.deepEqual([required.stdout, required.stderr], ['rawRequests\n', '']);

    writeFileSync(
      join(folder, 'app.ts'),
      `import http from 'node:http';
       import { rawRequests, ConfigError, type Options, type RawRequests, type Stats } from 'raw-requests';
       const options: Options = { url: 'http://localhost:8086', database: 'requests', route: (req) => req.url };
       const record: RawRequests = rawRequests(options);
       http.createServer((req, res) => { record(req, res); res.end(); });
       const stats: Stats = record.stats();
       console.log(stats.recorded, ConfigError.name);
       // @ts-expect-error misspelled
       rawRequests({ databse: 'requests' });`,
    );
    const tsc = createRequire(import.meta.url)
      .resolve('typescript/package.json')
      .replace('package.json', 'bin/tsc');
    const types = join(root, 'node_modules', '@types');
    const flags = [
      '--noEmit',
      '--strict',
      '--module',
      'nodenext',
      '--target',
      'es2023',
      '--types',
      'node',
      '--typeRoots',
      types,
      'app.ts',
    ];
    const checked = spawnSync(process.execPath, [tsc, ...flags], { cwd: folder, encoding: 'utf8' });
    assert.equal(checked.stdout, '');
    assert.equal(checked.status, 0);
  });
});
