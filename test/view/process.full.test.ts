import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import http from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { ConfigError, rawRequests } from '../../src/index.ts';
import { resolveOptions } from '../../src/options/options.ts';
import { run } from '../support/run.ts';
import { type FeedClient, readFeed } from '../support/view/feed.ts';
import { until } from '../support/within.ts';

const fixture = fileURLToPath(new URL('../fixtures/viewed.js', import.meta.url));
const register = fileURLToPath(new URL('../../src/register.js', import.meta.url));
const main = fileURLToPath(new URL('../../../dist/cli/main.js', import.meta.url));

async function freePort(): Promise<number> {
  const probe = net.createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}

const asView = (port: number) => ({
  RAW_REQUESTS: 'view',
  RAW_REQUESTS_VIEW_PORT: String(port),
  INFLUX_URL: '',
  // On a busy machine, the thread of the view may start late.
  RAW_REQUESTS_EXIT_TIMEOUT_MS: '7000',
});

/** Starts the fixture and waits until it was asked by itself; it stays until it is told to end. */
function stay(t: TestContext, port: number, env: Record<string, string> = {}, args = ['10']) {
  return start(t, [fixture, 'natural', ...args], { ...asView(port), ...env });
}

async function start(t: TestContext, args: readonly string[], env: Record<string, string>) {
  const child = spawn(process.execPath, args, {
    env: { ...process.env, ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  t.after(() => child.kill('SIGKILL'));
  let stderr = '';
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  await once(child.stdout, 'data');
  return { child, stderr: () => stderr };
}

/** Starts the fixture, and tells it to end when it has said where its view is. */
async function endWithView(t: TestContext, args: readonly string[], env: Record<string, string>) {
  const { child, stderr } = await start(t, args, env);
  await until(() => stderr().includes('live view at'), 'the view is there');
  const told = performance.now();
  child.stdin.write('end\n');
  return { status: await ended(child), stderr: stderr(), ms: performance.now() - told };
}

async function ended(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null) return child.exitCode;
  return (await once(child, 'exit'))[0];
}

/** The feed of a viewer at `url`, as soon as there is one. */
async function feedOf(t: TestContext, url: string) {
  let feed: FeedClient | undefined;
  await until(async () => {
    feed = await readFeed(t, url).catch(() => undefined);
    return feed !== undefined;
  }, `a viewer listens at ${url}`);
  return feed!;
}

const received = (feed: Awaited<ReturnType<typeof readFeed>>) => feed.states.at(-1)?.counters.received;

describe('RAW_REQUESTS=view', () => {
  test('is a setting of its own', () => {
    const { enabled, destination, view } = resolveOptions({}, { RAW_REQUESTS: 'view' });
    assert.equal(enabled, true);
    assert.deepEqual([destination?.url, destination?.isView], ['http://127.0.0.1:8187', true]);
    assert.deepEqual([view?.port, view?.destination], [8187, destination]);
    assert.equal(resolveOptions({ enabled: 'view', viewPort: 99 }, {}).view?.port, 99);
    assert.equal(resolveOptions({ enabled: false }, { RAW_REQUESTS: 'view' }).view, undefined);
    const both = resolveOptions(
      { enabled: 'view' },
      { INFLUX_URL: 'http://a:1', INFLUX_BUCKET: 'b', INFLUX_TOKEN: 't' },
    );
    assert.deepEqual([both.destination?.url, both.destination?.isView], ['http://a:1', undefined]);
    assert.equal(both.destination?.authorization, 'Token t');
    assert.equal(both.view?.destination.url, 'http://127.0.0.1:8187');
    assert.ok(!JSON.stringify(both).includes('Token'));
    assert.throws(() => rawRequests({ enabled: 'vew' as 'view' }), ConfigError);
    assert.throws(
      () => resolveOptions({ viewPort: 0 }, {}),
      /Expected `viewPort` to be a whole number from 1 to 65535/,
    );
    assert.throws(
      () => resolveOptions({ enabled: 'view' }, { INFLUX_URL: 'http://a:1' }),
      /INFLUX_DATABASE or INFLUX_BUCKET/,
    );
  });

  test('serves the requests of its own process, and says where', async (t) => {
    const port = await freePort();
    const { child, stderr } = await stay(t, port);
    const feed = await feedOf(t, `http://127.0.0.1:${port}`);
    await feed.until(() => feed.nextRow === 10);
    assert.equal(stderr(), `raw-requests: live view at http://127.0.0.1:${port}\n`);
    const [series] = feed.series.values();
    assert.ok(series!.tags.process!.endsWith(`:${child.pid}`));
    child.stdin.write('end\n');
    assert.equal(await ended(child), 0);
    await feed.ended;
  });

  for (const [way, status] of [
    ['natural', 0],
    ['exit', 7],
  ] as const) {
    test(`does not keep a process alive, nor changes its status (${way})`, async (t) => {
      const port = await freePort();
      const end = await endWithView(t, [fixture, way, '10'], asView(port));
      assert.deepEqual(
        [end.status, end.stderr],
        [status, `raw-requests: live view at http://127.0.0.1:${port}\n`],
      );
      assert.ok(end.ms < 8000, `${end.ms}`);
    });
  }

  test('with register, also in NODE_OPTIONS, runs nothing of the application in its thread', async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'raw-requests-view-'));
    t.after(() => rm(folder, { recursive: true, force: true }));
    const preload = join(folder, 'preload.mjs');
    await writeFile(
      preload,
      `import { isMainThread } from 'node:worker_threads';
       import { writeSync } from 'node:fs';
       if (!isMainThread) writeSync(2, 'preloaded in a thread');`,
    );
    for (const viaOptions of [false, true]) {
      const port = await freePort();
      const flags = ['--import', register, '--import', preload];
      const env: Record<string, string> = viaOptions ? { NODE_OPTIONS: flags.join(' ') } : {};
      const args = [...(viaOptions ? [] : flags), fixture, 'register', '10'];
      const end = await endWithView(t, args, { ...asView(port), ...env });
      assert.deepEqual(
        [end.status, end.stderr],
        [0, `raw-requests: live view at http://127.0.0.1:${port}\n`],
      );
    }
  });

  test('a cluster of four shows the requests of all, once, and prints one address', async (t) => {
    const port = await freePort();
    const child = spawn(process.execPath, [fixture, 'natural', '100', '4'], {
      env: { ...process.env, ...asView(port) },
      stdio: ['pipe', 'ignore', 'pipe'],
    });
    t.after(() => child.kill('SIGKILL'));
    const errors = text(child.stderr);
    const feed = await feedOf(t, `http://127.0.0.1:${port}`);
    await feed.until(() => received(feed) === 400);
    assert.equal(new Set([...feed.series.values()].map(({ tags }) => tags.worker)).size, 4);
    child.stdin.write('end\n');
    await feed.ended;
    assert.equal(await ended(child), 0);
    const stderr = await errors;
    assert.equal(stderr, `raw-requests: live view at http://127.0.0.1:${port}\n`);
  });

  test('of four processes one serves, the others write to it; when it dies, another takes its place', {
    timeout: 120_000,
  }, async (t) => {
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const processes = await Promise.all(Array.from({ length: 4 }, () => stay(t, port, {}, ['50'])));
    const feed = await feedOf(t, url);
    await feed.until(() => received(feed) === 200);
    assert.equal(new Set([...feed.series.values()].map(({ tags }) => tags.process)).size, 4);
    const serving = processes.filter(({ stderr }) => stderr().includes('live view at'));
    assert.equal(serving.length, 1);
    serving[0]!.child.kill('SIGKILL');
    await feed.ended;

    // Their next requests find nobody: whoever notices takes over.
    const fresh = await stay(t, port, {}, ['5']);
    const again = await feedOf(t, url);
    await again.until(() => (received(again) ?? 0) >= 5);
    assert.notEqual(again.hello.epoch, feed.hello.epoch);
    for (const { child } of [...processes, fresh]) child.kill('SIGKILL');
  });

  test('a process that is left takes over by itself', { timeout: 120_000 }, async (t) => {
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const first = await stay(t, port);
    await (await feedOf(t, url)).until(() => true);
    // In this process, so that requests can be made while nobody serves.
    const record = rawRequests({
      enabled: 'view',
      viewPort: port,
      flushIntervalMs: 50,
      logLevel: 'silent',
      route: () => '/left',
    });
    t.after(() => record.close());
    const server = http.createServer((req, res) => {
      record(req, res);
      res.end();
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    t.after(() => server.close());
    const ask = async () =>
      void (await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)).status;
    await ask();
    await record.flush();
    assert.equal(record.stats().acknowledged, 1);
    first.child.kill('SIGKILL');
    await ended(first.child);
    await ask();
    const feed = await feedOf(t, url);
    await feed.until(() => received(feed) === 1);
    assert.equal([...feed.series.values()][0]!.tags.route, '/left');
  });

  test('when another program has the port: one clear line, nothing is sent there, the application runs on', async (t) => {
    const seen: string[] = [];
    const other = http.createServer((req, res) => {
      seen.push(`${req.method} ${req.url}`);
      res.end('something else');
    });
    other.listen(0, '127.0.0.1');
    await once(other, 'listening');
    t.after(() => other.close());
    const { port } = other.address() as AddressInfo;
    const { child, stderr } = await stay(t, port, { RAW_REQUESTS_EXIT_TIMEOUT_MS: '300' });
    await until(() => seen.length >= 3, 'it has been asked what it is, again and again');
    const complaints = stderr()
      .split('\n')
      .filter((line) => line.includes('in use by another program'));
    assert.equal(complaints.length, 1, stderr());
    assert.match(complaints[0]!, /RAW_REQUESTS_VIEW_PORT/);
    assert.deepEqual([...new Set(seen)], ['GET /ping']);
    // When the port is free, what has waited is shown.
    other.close();
    other.closeAllConnections();
    const feed = await feedOf(t, `http://127.0.0.1:${port}`);
    await feed.until(() => received(feed) === 10);
    child.stdin.write('end\n');
    assert.equal(await ended(child), 0);
  });

  test('without it, nothing of the viewer is loaded', async () => {
    const code = `
      import { once } from 'node:events';
      import http from 'node:http';
      import { Session } from 'node:inspector';
      import { rawRequests } from ${JSON.stringify(new URL('../../src/index.js', import.meta.url).href)};
      const record = rawRequests({ timeoutMs: 100, logLevel: 'silent' });
      const server = http.createServer((req, res) => { record(req, res); res.end(); }).listen(0, '127.0.0.1');
      await once(server, 'listening');
      const [res] = await once(http.get({ ...server.address(), agent: false }), 'response');
      await once(res.resume(), 'end');
      server.close();
      await record.flush();
      const session = new Session();
      session.connect();
      const urls = [];
      session.on('Debugger.scriptParsed', ({ params }) => urls.push(params.url));
      session.post('Debugger.enable');
      console.error(urls.filter((url) => url.includes('/src/view/')).join());`;
    const end = await run(['--input-type=module', '-e', code], {
      INFLUX_URL: 'http://127.0.0.1:1',
      INFLUX_DATABASE: 'x',
    });
    assert.deepEqual([end.status, end.stderr.trim()], [0, '']);
  });
});

describe('raw-requests view', () => {
  async function view(t: TestContext, args: string[]) {
    const child = spawn(process.execPath, [main, 'view', ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    t.after(() => child.kill('SIGKILL'));
    let out = '';
    child.stdout.on('data', (chunk) => {
      out += chunk;
    });
    return { child, out: () => out, errors: text(child.stderr) };
  }

  for (const [signal, status] of [
    ['SIGINT', 0],
    ['SIGTERM', 0],
  ] as const) {
    test(`prints its address first, and on ${signal} what it has seen`, async (t) => {
      const { child, out, errors } = await view(t, ['--port', '0']);
      while (!out().includes('Ctrl-C ends it')) await once(child.stdout, 'data');
      const [, url = ''] = /^raw-requests: live view at (http:\/\/127\.0\.0\.1:\d+)\n/.exec(out())!;
      assert.match(
        out(),
        new RegExp(`INFLUX_URL=${url} INFLUX_DATABASE=requests node --import raw-requests/register app.js`),
      );
      const response = await fetch(`${url}/write`, {
        method: 'POST',
        body: 'raw-requests application_time=1\nbad',
      });
      assert.equal(response.status, 400);
      await readFeed(t, url); // an open page does not keep it
      child.kill(signal);
      assert.equal(await ended(child), status);
      assert.match(out(), /1 request received, 1 kept, 1 line refused\.\n$/);
      assert.equal(await errors, '');
    });
  }

  test('says what to do when the port is in use', async (t) => {
    const other = http.createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    t.after(() => other.close());
    const { child, errors } = await view(t, ['--port', String((other.address() as AddressInfo).port)]);
    assert.equal(await ended(child), 1);
    assert.match(
      await errors,
      /^127\.0\.0\.1:\d+ is in use by another program: end that program, or use another port.*--port 8188`\n$/,
    );
  });
});
