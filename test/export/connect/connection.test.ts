import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import http from 'node:http';
import type net from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { proxyFor } from '../../../src/export/connect/proxy.ts';
import { createSender } from '../../../src/export/send/sender.ts';
import { rawRequests } from '../../../src/index.ts';
import { connectProxy } from '../../support/export/connect-proxy.ts';
import { fakeInflux } from '../../support/fake-influx.ts';
import { listen } from '../../support/server.ts';

const BODY = gzipSync('m v=1 1');

/** A server that stores every write, and lists their paths. */
async function database(t: TestContext, where: net.ListenOptions) {
  const paths: string[] = [];
  const server = http.createServer((req, res) => {
    paths.push(req.url!);
    req.resume().on('end', () => res.writeHead(204).end());
  });
  await once(server.listen(where), 'listening');
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  return { paths, port: (server.address() as AddressInfo).port };
}

/** Sends one write, and returns the verdict. */
async function send(t: TestContext, url: string) {
  const destination = { url, writePath: '/write?db=d', authorization: undefined, isView: false };
  const sender = createSender({ destination, timeoutMs: 10_000, keepsProcessAlive: true });
  t.after(() => sender.close());
  return sender.send(BODY);
}

/** Sets variables of the environment for a test. */
function setVariables(t: TestContext, variables: Record<string, string>) {
  const before = { ...process.env };
  Object.assign(process.env, variables);
  t.after(() => {
    for (const name of Object.keys(variables)) {
      if (before[name] === undefined) delete process.env[name];
      else process.env[name] = before[name];
    }
  });
}

describe('the way to a database', () => {
  test('is a Unix socket, an IPv6 address, or an address with a path', async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'raw-requests-socket-'));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    const path = join(folder, 'db.sock');
    const local = await database(t, { path });
    assert.deepEqual(await send(t, `unix:${path}`), { kind: 'stored' });
    assert.deepEqual(local.paths, ['/write?db=d']);
    const none = await send(t, `unix:${path}.absent`);
    assert.ok(none.kind === 'retry' && !none.maybeStored, 'nothing was sent');

    const six = await database(t, { host: '::1', port: 0 });
    assert.deepEqual(await send(t, `http://[::1]:${six.port}/gateway/influx`), { kind: 'stored' });
    assert.deepEqual(six.paths, ['/gateway/influx/write?db=d']);
  });

  test('leads through the proxy of the environment, by CONNECT', async (t) => {
    const { paths, port } = await database(t, { host: '127.0.0.1', port: 0 });
    const proxy = await connectProxy(t, port);
    setVariables(t, { http_proxy: `http://me:s%20t@${proxy.host}`, no_proxy: '' });

    assert.deepEqual(await send(t, 'http://db.example:8086'), { kind: 'stored' });
    const basic = Buffer.from('me:s t').toString('base64');
    assert.deepEqual(proxy.asked, [`db.example:8086 Basic ${basic}`]);
    assert.deepEqual(paths, ['/write?db=d']);

    proxy.refusal = '403 Forbidden';
    const denied = await send(t, 'http://db.example:8086');
    assert.ok(denied.kind === 'retry' && !denied.maybeStored);
    assert.match(denied.reason, /^the proxy 127\.0\.0\.1:\d+ answers 403 to CONNECT db\.example:8086$/);
  });

  test('is the same for the requests of an application, whose delivery has a thread of its own', async (t) => {
    const influx = await fakeInflux(t);
    const proxy = await connectProxy(t, Number(new URL(influx.url).port));
    setVariables(t, { http_proxy: `http://${proxy.host}`, no_proxy: '' });
    const record = rawRequests({ url: 'http://db.example:8086', database: 'd', logLevel: 'silent' });
    t.after(() => record.close());
    const { port } = await listen(t, (req, res) => {
      record(req, res);
      res.end();
    });
    await (await fetch(`http://127.0.0.1:${port}`)).text();
    await influx.stored(1);
    assert.equal(proxy.asked[0], 'db.example:8086 undefined');
  });

  test('avoids the proxy where NO_PROXY or a loopback address says so', () => {
    const uses = (url: string, env: NodeJS.ProcessEnv) => proxyFor(url, env)?.hostname;
    const proxies = { HTTP_PROXY: 'plain:1', HTTPS_PROXY: 'http://secure:2' };
    assert.equal(uses('http://db.example:8086', proxies), 'plain');
    assert.equal(uses('https://db.example', proxies), 'secure');
    assert.equal(uses('http://localhost:8086', proxies), undefined);
    assert.equal(uses('http://[::1]:8086', proxies), undefined);
    assert.equal(uses('http://db.example', { ...proxies, REQUEST_METHOD: 'GET' }), undefined, 'CGI');
    assert.ok(proxyFor('http://db.example', { http_proxy: 'http://me:100%@plain:1' })?.authorization);
    for (const [list, url, isUsed] of [
      ['*', 'http://a.example', false],
      ['example', 'http://db.example', false],
      ['.db.example', 'http://db.example', false],
      ['*.example', 'http://db.example', false],
      ['ample', 'http://db.example', true],
      ['x, db.example:8086', 'http://db.example:8086', false],
      ['db.example:8086', 'http://db.example:8087', true],
      ['10.0.0.0/8', 'http://10.1.2.3:8086', false],
      ['10.0.0.0/8', 'http://11.1.2.3:8086', true],
      ['fd00::/8', 'http://[fd00::1]:8086', false],
      ['10.0.0.0/99', 'http://10.1.2.3', true],
    ] as const)
      assert.equal(uses(url, { ...proxies, NO_PROXY: list }) !== undefined, isUsed, `${list} ${url}`);
  });
});
