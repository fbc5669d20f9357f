import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import http from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { proxyFor } from '../../../src/export/send/proxy.ts';
import { createSender } from '../../../src/export/send/sender.ts';

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
    const asked: (string | undefined)[] = [];
    let status = '200 Connection established';
    const proxy = http.createServer().on('connect', (req, socket) => {
      asked.push(`${req.url} ${req.headers['proxy-authorization']}`);
      socket.on('error', () => {});
      if (!status.startsWith('200')) return socket.end(`HTTP/1.1 ${status}\r\n\r\n`);
      const onward = net.connect(port, '127.0.0.1', () => {
        socket.write(`HTTP/1.1 ${status}\r\n\r\n`);
        onward.pipe(socket).pipe(onward);
      });
      onward.on('error', () => {});
      return undefined;
    });
    await once(proxy.listen(0, '127.0.0.1'), 'listening');
    t.after(() => proxy.close());
    const { port: proxyPort } = proxy.address() as AddressInfo;
    setVariables(t, { http_proxy: `http://me:s%20t@127.0.0.1:${proxyPort}`, no_proxy: '' });

    assert.deepEqual(await send(t, 'http://db.example:8086'), { kind: 'stored' });
    const basic = Buffer.from('me:s t').toString('base64');
    assert.deepEqual(asked, [`db.example:8086 Basic ${basic}`]);
    assert.deepEqual(paths, ['/write?db=d']);

    status = '403 Forbidden';
    const denied = await send(t, 'http://db.example:8086');
    assert.ok(denied.kind === 'retry' && !denied.maybeStored);
    assert.match(denied.reason, /^the proxy 127\.0\.0\.1:\d+ answers 403 to CONNECT db\.example:8086$/);
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
