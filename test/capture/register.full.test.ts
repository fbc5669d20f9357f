import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { influxdb } from '../support/real/influx.ts';
import { LONG_EXIT_TIMEOUT, run } from '../support/run.ts';

describe('node --import raw-requests/register', () => {
  const hook = new URL('../../src/register.js', import.meta.url).href;
  const folder = mkdtempSync(join(tmpdir(), 'raw-requests-register-'));
  after(() => rmSync(folder, { recursive: true, force: true }));
  const write = (name: string, text: string) => {
    const file = join(folder, name);
    writeFileSync(file, text);
    return file;
  };
  const SELF = `
    const server = http.createServer((req, res) => res.end('ok')).listen(0, '127.0.0.1', async () => {
      const { port } = server.address();
      for (let i = 0; i < 5; i++) await new Promise((done) => http.get({ port, host: '127.0.0.1', agent: false }, (res) => res.resume().on('end', done)));
      server.close();
    });`;

  test('records ESM and CJS programs, clusters and threads', async (t) => {
    const influx = await influxdb(t);
    const env = { ...LONG_EXIT_TIMEOUT, INFLUX_URL: influx.url, INFLUX_DATABASE: 'requests' };
    const count = async (where: string) => {
      const rows = await influx.query(
        `SELECT count("sequence") FROM "raw-requests" WHERE ${where}`,
        'requests',
      );
      return rows[0]?.count ?? 0;
    };
    const esm = write('esm.mjs', `import http from 'node:http'; ${SELF}`);
    const cjs = write('cjs.cjs', `const http = require('node:http'); ${SELF}`);
    const clustered = write(
      'cluster.mjs',
      `import http from 'node:http'; import cluster from 'node:cluster';
       if (cluster.isPrimary) { cluster.fork(); cluster.fork(); }
       else { ${SELF} server.on('close', () => cluster.worker.disconnect()); }`,
    );
    const threaded = write(
      'threads.mjs',
      `import http from 'node:http'; import { isMainThread, Worker } from 'node:worker_threads';
       if (isMainThread) { new Worker(new URL(import.meta.url)); new Worker(new URL(import.meta.url)); }
       else { ${SELF} }`,
    );
    for (const [args, service, expected] of [
      [['--import', hook, esm], 'esm', 5],
      [['--import', hook, cjs], 'cjs', 5],
      [['--require', fileURLToPath(hook), cjs], 'required', 5],
      [['--import', hook, clustered], 'cluster', 10],
      [['--import', hook, threaded], 'threads', 10],
    ] as const) {
      const { status, stderr } = await run([...args], { ...env, RAW_REQUESTS_SERVICE: service });
      assert.equal(status, 0, stderr);
      assert.equal(await count(`service = '${service}'`), expected, `${service} ${stderr}`);
    }
    // The workers share a port, and with it the requests: not always in equal parts.
    for (const where of ["service = 'cluster' AND worker = '1'", "service = 'cluster' AND worker = '2'"])
      assert.notEqual(await count(where), 0);
    const threads = await influx.query(
      `SELECT count("sequence") FROM "raw-requests" WHERE service = 'threads' GROUP BY "thread"`,
      'requests',
    );
    assert.deepEqual(
      threads.map((row) => row.count),
      [5, 5],
    );
  });

  test('loads and changes nothing where nothing is asked for, or where it is switched off', async () => {
    const file = write(
      'plain.mjs',
      `import http from 'node:http';
       import { createRequire } from 'node:module';
       import { pathToFileURL } from 'node:url';
       const loaded = Object.keys(createRequire(import.meta.url).cache).map((path) => pathToFileURL(path).href);
       console.log(loaded.filter((url) => url.startsWith(new URL('.', process.argv[2]).href)).length);
       console.log(Object.hasOwn(http.Server.prototype, 'emit'));`,
    );
    const loads = async (env: Record<string, string>) =>
      (await run(['--import', hook, file, hook], { INFLUX_URL: '', ...env })).stdout;
    const destination = { INFLUX_URL: 'http://127.0.0.1:1', INFLUX_DATABASE: 'requests' };
    assert.equal(await loads({}), '0\nfalse\n');
    assert.equal(await loads({ ...destination, RAW_REQUESTS: 'off' }), '0\nfalse\n');
    assert.match(await loads(destination), /^[1-9]\d*\ntrue\n$/);
  });
});
