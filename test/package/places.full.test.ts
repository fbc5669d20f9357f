import assert from 'node:assert/strict';
import { type ChildProcess, fork, spawn } from 'node:child_process';
import diagnostics from 'node:diagnostics_channel';
import { once } from 'node:events';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import http, { OutgoingMessage, ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, type TestContext, test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import * as esbuild from 'esbuild';
import { observeServers } from '../../src/capture/node/servers.ts';
import { resolveOptions } from '../../src/options/options.ts';
import { sharedRecorder } from '../../src/shared-recorder.ts';
import { type FakeInflux, fakeInflux } from '../support/fake-influx.ts';
import type { Point } from '../support/line-protocol.ts';
import { LONG_EXIT_TIMEOUT, run, withoutThreads } from '../support/run.ts';
import { listen } from '../support/server.ts';
import { lasting, until } from '../support/within.ts';

// What docs/where-it-runs.md says, as far as it can be tried with Node alone.

const manifest: { readonly exports: object } = createRequire(import.meta.url)('raw-requests/package.json');
const build = fileURLToPath(new URL('../../', import.meta.url));
const hook = new URL('../../src/register.js', import.meta.url).href;

function folder(t: TestContext, parent = tmpdir()): string {
  const path = mkdtempSync(join(parent, 'raw-requests-places-'));
  t.after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** A program that serves itself some requests, and tells what became of them when it ends. */
const program = (library: string) => `
  import http from 'node:http';
  import { rawRequests } from ${JSON.stringify(library)};
  const record = rawRequests();
  const server = http.createServer((req, res) => { record(req, res); res.end('ok'); });
  server.listen(0, '127.0.0.1', async () => {
    const { port } = server.address();
    for (let i = 0; i < 5; i++)
      await new Promise((done) => http.get({ port, host: '127.0.0.1', agent: false }, (res) => res.resume().on('end', done)));
    if (process.argv[2] === 'flush') await record.flush();
    server.close();
  });
  process.on('exit', () => {
    const { recorded, acknowledged, dropped } = record.stats();
    console.error(JSON.stringify({ recorded, acknowledged, dropped }));
  });`;

const messages = (stderr: string) =>
  stderr
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line))
    .map((line) => line.msg ?? line);

describe('where the process is frozen between two calls', {
  concurrency: true,
  skip: process.platform === 'win32' && 'Windows has no SIGSTOP',
}, () => {
  /** Longer than the deadline of a write. */
  const FREEZE_MS = 1200;
  const TIMEOUT_MS = 1000;

  /** Calls, with a freeze after each. */
  async function calls(t: TestContext, url: string, count: number, flush: boolean) {
    const app = fork(
      fileURLToPath(new URL('../fixtures/frozen-app.js', import.meta.url)),
      flush ? ['flush'] : [],
      {
        env: {
          ...process.env,
          ...LONG_EXIT_TIMEOUT,
          INFLUX_URL: url,
          INFLUX_DATABASE: 'requests',
          RAW_REQUESTS_TIMEOUT_MS: String(flush ? 60_000 : TIMEOUT_MS),
        },
      },
    );
    t.after(() => app.kill('SIGKILL'));
    const [port] = await once(app, 'message');
    const times: [from: number, to: number][] = [];
    for (let i = 0; i < count; i++) {
      const from = Date.now();
      const done = once(app, 'message');
      const req = http.get({ port, host: '127.0.0.1', agent: false });
      const [res] = await once(req, 'response');
      await once(res.resume(), 'end');
      const [closed] = await done;
      times.push([from, closed]);
      app.kill('SIGSTOP');
      await lasting(FREEZE_MS);
      app.kill('SIGCONT');
    }
    return { times };
  }

  const sequencesOf = (points: Point[]) =>
    [...new Set(points.map(({ fields }) => Number(fields.sequence)))].sort();

  /** Each call is one point, at its time. */
  function check(points: Point[], times: [from: number, to: number][]) {
    const distinct = new Map(points.map((point) => [point.fields.sequence, point]));
    assert.deepEqual(
      sequencesOf(points),
      times.map((_, index) => index + 1),
    );
    assert.equal(
      new Set(points.map(({ time }) => time)).size,
      times.length,
      'what is sent again is the same point',
    );
    for (const [index, [from, to]] of times.entries()) {
      const { time, fields } = distinct.get(index + 1)!;
      const end = Number(time / 1_000_000n);
      assert.ok(
        end >= from - 2 && end <= to + 2,
        `call ${index} ended at ${end}, not within ${from} and ${to}`,
      );
      assert.ok(Number(fields.application_time) <= (to - from + 2) / 1e3, 'the freeze is no part of it');
    }
  }

  test('flush() at the end of each call has everything delivered before the freeze', async (t) => {
    const influx = await fakeInflux(t);
    const { times } = await calls(t, influx.url, 4, true);
    assert.equal(sequencesOf(influx.points).length, 4);
    check(influx.points, times);
  });

  test('without it, they are delivered when the process goes on', async (t) => {
    const influx = await fakeInflux(t);
    const { times } = await calls(t, influx.url, 3, false);
    await until(() => sequencesOf(influx.points).length === 3, 'all are delivered');
    check(influx.points, times);
  });

  test('in the middle of a write, and beyond its deadline, nothing is lost', async (t) => {
    const influx = await fakeInflux(t);
    influx.answer = (_write, res) => void setTimeout(() => res.writeHead(204).end(), 200);
    const { times } = await calls(t, influx.url, 3, false);
    await until(() => sequencesOf(influx.points).length === 3, 'all are delivered');
    check(influx.points, times);
  });
});

describe('where a function is frozen as soon as its call ends', {
  concurrency: true,
  skip: process.platform === 'win32' && 'Windows has no SIGSTOP',
}, () => {
  async function start(t: TestContext, influx: FakeInflux, ...args: string[]): Promise<ChildProcess> {
    const app = fork(fileURLToPath(new URL('../fixtures/lambda-app.js', import.meta.url)), args, {
      env: {
        ...process.env,
        INFLUX_URL: influx.url,
        INFLUX_DATABASE: 'requests',
        RAW_REQUESTS_TIMEOUT_MS: '60000',
        RAW_REQUESTS_FLUSH_INTERVAL_MS: '60000',
      },
    });
    t.after(() => app.kill('SIGKILL'));
    await once(app, 'message');
    return app;
  }

  async function call(app: ChildProcess, path: string): Promise<void> {
    const ended = once(app, 'message');
    app.send(path);
    assert.deepEqual(await ended, [200, undefined]);
  }

  for (const [form, args] of [
    ['is async', ['async', '60000']],
    ['has a callback, and waits for an empty event loop', ['callback', '60000']],
  ] as const) {
    test(`the requests of a handler that ${form} are delivered before that`, async (t) => {
      const influx = await fakeInflux(t);
      const app = await start(t, influx, ...args);
      for (const id of [1, 2, 3]) {
        await call(app, `/items/${id}`);
        app.kill('SIGSTOP');
        assert.equal(influx.points.length, id);
        app.kill('SIGCONT');
      }
      assert.deepEqual(new Set(influx.points.map(({ tags }) => tags.route)), new Set(['/items/:id']));
    });
  }

  test('a database that never answers does not keep the event loop from being empty', async (t) => {
    const influx = await fakeInflux(t);
    influx.answer = () => {};
    const app = await start(t, influx, 'callback', '500');
    const from = performance.now();
    await call(app, '/items/1');
    const took = performance.now() - from;
    assert.ok(took >= 490 && took < 30_000, `${took} ms`);
  });
});

test('node --watch: a program that ends at SIGTERM loses nothing when it is restarted', async (t) => {
  const influx = await fakeInflux(t);
  const file = join(folder(t), 'app.mjs');
  const text = `
    import http from 'node:http';
    http.createServer((req, res) => res.end()).listen(0, '127.0.0.1', function () { console.log('port ' + this.address().port); });
    process.on('SIGTERM', () => process.exit(0));`;
  writeFileSync(file, text);
  const watcher = spawn(process.execPath, ['--watch', '--import', hook, file], {
    env: {
      ...process.env,
      INFLUX_URL: influx.url,
      INFLUX_DATABASE: 'requests',
      RAW_REQUESTS_FLUSH_INTERVAL_MS: '60000',
    },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  t.after(() => watcher.kill('SIGKILL'));
  const lines = createInterface({ input: watcher.stdout })[Symbol.asyncIterator]();
  const port = async () => {
    for (;;) {
      const { value, done } = await lines.next();
      if (done) throw new Error('the watcher ended');
      const said = /^port (\d+)$/.exec(value);
      if (said) return said[1];
    }
  };
  for (const life of [1, 2]) {
    const url = `http://127.0.0.1:${await port()}`;
    for (let i = 0; i < 5; i++) await (await fetch(url)).text();
    if (life === 1) writeFileSync(file, `${text}\n`);
  }
  await influx.stored(5);
  watcher.kill('SIGTERM');
  await influx.stored(10);
});

describe('in one file that esbuild has made', { concurrency: true }, () => {
  for (const format of ['esm', 'cjs'] as const) {
    test(`a program that ends at once loses nothing: ${format}`, async (t) => {
      const influx = await fakeInflux(t);
      const file = join(folder(t), `app.${format === 'esm' ? 'mjs' : 'cjs'}`);
      const require = `import { createRequire as requireOf } from 'node:module'; const require = requireOf(import.meta.url);`;
      await esbuild.build({
        stdin: { contents: program('raw-requests'), resolveDir: build },
        bundle: true,
        platform: 'node',
        format,
        outfile: file,
        banner: format === 'esm' ? { js: require } : {},
      });
      const { status, stderr } = await run([file], {
        ...LONG_EXIT_TIMEOUT,
        INFLUX_URL: influx.url,
        INFLUX_DATABASE: 'requests',
      });
      assert.equal(status, 0, stderr);
      assert.deepEqual(messages(stderr), [{ recorded: 5, acknowledged: 5, dropped: 0 }]);
      assert.equal(influx.points.length, 5);
    });

    test(`register says that it records nothing there: ${format}`, async (t) => {
      const file = join(folder(t), `app.${format === 'esm' ? 'mjs' : 'cjs'}`);
      await esbuild.build({
        stdin: { contents: `import 'raw-requests/register'; console.log('runs');`, resolveDir: build },
        bundle: true,
        platform: 'node',
        format,
        outfile: file,
        logLevel: 'error', // it warns that CommonJS has no `import.meta`
      });
      const ended = await run([file], { INFLUX_URL: 'http://127.0.0.1:1', INFLUX_DATABASE: 'requests' });
      assert.deepEqual([ended.status, ended.stdout], [0, 'runs\n'], ended.stderr);
      assert.match(ended.stderr, /raw-requests\/register records nothing in a bundle/);
    });
  }

  test('the code is not there that searches for the packages of a program, of which bundlers warn', async () => {
    const { outputFiles } = await esbuild.build({
      stdin: { contents: program('raw-requests'), resolveDir: build },
      bundle: true,
      platform: 'node',
      format: 'esm',
      write: false,
    });
    assert.doesNotMatch(outputFiles[0]!.text, /matchRoutes|deserializeManifest/);
  });
});

test('what cannot require() an ES module, as Jest and Yarn Plug-and-Play, gets all entries as CommonJS', async (t) => {
  const influx = await fakeInflux(t);
  const file = join(folder(t, build), 'app.cjs');
  const text = program('raw-requests').replaceAll(/import (.*) from (.*);/g, 'const $1 = require($2);');
  const entries = Object.keys(manifest.exports).filter((path) => !path.endsWith('.json'));
  const names = entries.map((path) => path.replace('.', 'raw-requests'));
  writeFileSync(file, `${text}; for (const name of ${JSON.stringify(names)}) require(name);`);
  const { status, stderr } = await run(['--no-experimental-require-module', file], {
    ...LONG_EXIT_TIMEOUT,
    INFLUX_URL: influx.url,
    INFLUX_DATABASE: 'requests',
  });
  assert.equal(status, 0, stderr);
  assert.deepEqual(messages(stderr), [{ recorded: 5, acknowledged: 5, dropped: 0 }]);
});

describe('where Node may start no thread', { concurrency: true }, () => {
  const own = new URL('../../src/index.js', import.meta.url).href;

  for (const [when, delivered] of [
    ['when they were flushed', 5],
    ['not, when the program ends at once', 0],
  ] as const) {
    test(`requests are delivered by the application's own thread: ${when}`, async (t) => {
      const influx = await fakeInflux(t);
      const file = join(folder(t), 'app.mjs');
      writeFileSync(file, program(own));
      const args = [...withoutThreads(), '--no-warnings', file, delivered > 0 ? 'flush' : 'end'];
      const { status, stderr } = await run(args, {
        INFLUX_URL: influx.url,
        INFLUX_DATABASE: 'requests',
        RAW_REQUESTS_FLUSH_INTERVAL_MS: delivered > 0 ? '20' : '60000',
        RAW_REQUESTS_EXIT_TIMEOUT_MS: '60000', // nobody waits for what cannot come
      });
      assert.equal(status, 0, stderr);
      assert.equal(influx.points.length, delivered);
      const said = messages(stderr);
      assert.match(said[0], /^no worker thread can be started: the main thread delivers/);
      assert.deepEqual(said.slice(1), [
        ...(delivered > 0 ? [] : ['5 requests could not be delivered before the end']),
        { recorded: 5, acknowledged: delivered, dropped: 0 },
      ]);
    });
  }

  test('and a bundle has left the delivery out, requests are answered, and the log says that none is recorded', async (t) => {
    const influx = await fakeInflux(t);
    const copy = folder(t, build);
    cpSync(join(build, 'src'), copy, {
      recursive: true,
      filter: (file) => !/thread.delivery\.js/.test(file),
    });
    const file = join(copy, 'app.mjs');
    writeFileSync(file, program(pathToFileURL(join(copy, 'index.js')).href));
    const { status, stderr } = await run([...withoutThreads(), '--no-warnings', file, 'flush'], {
      INFLUX_URL: influx.url,
      INFLUX_DATABASE: 'requests',
    });
    assert.equal(status, 0, stderr);
    const [first, second, ...rest] = messages(stderr);
    assert.match(first, /^no worker thread can be started/);
    assert.match(
      second,
      /^recording nothing, since delivery cannot be started: .* keep raw-requests external$/,
    );
    assert.deepEqual(rest, [{ recorded: 5, acknowledged: 0, dropped: 5 }]);
  });
});

test('without the channel and the writes that Bun does not show, requests have their route, status and outcome', async (t) => {
  t.mock.method(diagnostics, 'subscribe', () => {});
  const influx = await fakeInflux(t);
  const options = { url: influx.url, database: 'requests', flushIntervalMs: 10, ignore: ['/write'] };
  const resolved = resolveOptions(options);
  const share = sharedRecorder(resolved, resolved.destination!)!;
  share.recorder.observeAll(observeServers);
  t.after(() => share.release());
  const watched = ServerResponse.prototype as unknown as { _send: () => boolean };
  t.mock.method(watched, '_send', (OutgoingMessage.prototype as unknown as typeof watched)._send);
  const { url } = await listen(t, (req, res) => {
    if (req.url === '/lost') req.socket.destroy();
    else if (req.method === 'GET') res.writeHead(201).end('ok');
    else res.setHeader('content-length', 7).writeHead(201).end('7 bytes');
  });
  await (await fetch(url)).text();
  await (await fetch(url, { method: 'POST', body: 'abc' })).text();
  await assert.rejects(fetch(`${url}/lost`));
  const points = await influx.stored(3);
  assert.deepEqual(
    points.map(({ tags, fields }) => [tags.status, tags.outcome, fields.bytes_in, fields.bytes_out]),
    [
      ['201', 'finished', 0, undefined],
      ['201', 'finished', 3, 7],
      ['0', 'aborted', 0, 0],
    ],
  );
});

test('a request that the application itself gives its server, as adapters of platforms do, is recorded', async (t) => {
  const influx = await fakeInflux(t);
  const file = join(folder(t), 'app.mjs');
  writeFileSync(
    file,
    `import { EventEmitter } from 'node:events';
     import http from 'node:http';
     import { Writable } from 'node:stream';
     const server = http.createServer((req, res) => { res.statusCode = 202; res.end('ok'); });
     const req = Object.assign(new EventEmitter(), { method: 'GET', url: '/', headers: {} });
     const res = new Writable({ write: (chunk, encoding, done) => done() });
     server.emit('request', req, Object.assign(res, { headersSent: true }));
     setTimeout(() => {}, 100);`,
  );
  const env = { INFLUX_URL: influx.url, INFLUX_DATABASE: 'requests' };
  const { status, stderr } = await run(['--import', hook, file], env);
  assert.deepEqual([status, stderr], [0, '']);
  assert.deepEqual(
    influx.points.map(({ tags }) => `${tags.method} ${tags.status} ${tags.outcome}`),
    ['GET 202 finished'],
  );
});
