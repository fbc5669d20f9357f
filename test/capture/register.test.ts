import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import http from 'node:http';
import http2 from 'node:http2';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { WebSocket, WebSocketServer } from 'ws';
import { exchange, register, summary } from '../support/registered.ts';
import { connect } from '../support/server.ts';

function certificate(t: TestContext): { key: Buffer; cert: Buffer } {
  const folder = mkdtempSync(join(tmpdir(), 'raw-requests-tls-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const [key, cert] = [join(folder, 'key'), join(folder, 'cert')];
  const request = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  execFileSync('openssl', [...request, '-keyout', key, '-out', cert, '-subj', '/CN=localhost'], {
    stdio: 'ignore',
  });
  return { key: readFileSync(key), cert: readFileSync(cert) };
}

describe('every server is recorded without code', () => {
  test('https', async (t) => {
    const app = await register(t);
    const tls = certificate(t);
    const port = await app.listen(https.createServer(tls, (_req, res) => res.end('hello')));
    const req = https.get({ port, host: '127.0.0.1', rejectUnauthorized: false, agent: false });
    const [res] = await once(req, 'response');
    await once(res.resume(), 'end');
    assert.deepEqual((await app.points(1)).map(summary), ['GET 200 finished']);
  });

  test('an upgraded connection is one request, for as long as it lasts', async (t) => {
    const app = await register(t);
    const server = http.createServer();
    const wss = new WebSocketServer({ server });
    wss.on('connection', (ws) => ws.on('message', (message) => ws.send(message)));
    const port = await app.listen(server);
    const asked = performance.now();
    const ws = new WebSocket(`ws://127.0.0.1:${port}/live`);
    await once(ws, 'open');
    const open = performance.now();
    ws.send('x'.repeat(100));
    await once(ws, 'message');
    const lasted = performance.now() - open;
    ws.close();
    const [point] = await app.points(1);
    assert.equal(summary(point!), 'GET 101 upgraded');
    const { application_time, first_byte_time, bytes_in, bytes_out } = point!.fields;
    assert.ok(Number(first_byte_time) <= (open - asked) / 1e3);
    assert.ok(Number(application_time) - Number(first_byte_time) >= lasted / 1e3);
    // 100 bytes and a frame of 2 (and 4 of mask from the client), and the closing frames.
    assert.ok(Number(bytes_in) >= 106 && Number(bytes_in) < 130, `${bytes_in}`);
    assert.ok(Number(bytes_out) >= 102 && Number(bytes_out) < 120, `${bytes_out}`);
  });

  test('an upgrade that is refused has the status that it was refused with', async (t) => {
    const app = await register(t);
    const server = http
      .createServer()
      .on('upgrade', (_req, socket) => socket.end('HTTP/1.1 401 Unauthorized\r\n\r\n'));
    const port = await app.listen(server);
    await exchange(t, port, 'GET / HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n');
    assert.deepEqual((await app.points(1)).map(summary), ['GET 401 finished']);
  });

  test('a tunnel is upgraded too', async (t) => {
    const app = await register(t);
    const server = http.createServer().on('connect', (_req, socket) => {
      socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      setTimeout(() => socket.end(), 30);
    });
    const port = await app.listen(server);
    await exchange(t, port, 'CONNECT example.com:443 HTTP/1.1\r\nhost: x\r\n\r\n');
    assert.deepEqual((await app.points(1)).map(summary), ['CONNECT 200 upgraded']);
  });
});

describe('what Node answers itself is rejected', () => {
  const cases: [name: string, request: string, expected: string, options?: http.ServerOptions][] = [
    ['a request without Host', 'GET / HTTP/1.1\r\n\r\n', 'GET 400 rejected'],
    ['what is no HTTP', 'what is this\r\n\r\n', '_OTHER 400 rejected'],
    ['a header that is none', 'POST / HTTP/1.1\r\nhost: x\r\nbad header\r\n\r\n', 'POST 400 rejected'],
    [
      'too many headers',
      `GET / HTTP/1.1\r\nhost: x\r\nlong: ${'x'.repeat(20_000)}\r\n\r\n`,
      'GET 431 rejected',
    ],
    [
      'an expectation that nobody meets',
      'GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\nexpect: wonders\r\n\r\n',
      'GET 417 rejected',
    ],
    [
      'headers that do not come',
      'GET / HTTP/1.1\r\nhost',
      '_OTHER 408 rejected',
      { headersTimeout: 50, connectionsCheckingInterval: 20 },
    ],
    [
      'a body that does not come',
      'POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\nsome',
      'POST 408 rejected',
      { headersTimeout: 50, requestTimeout: 60, connectionsCheckingInterval: 20 },
    ],
  ];
  for (const [name, request, expected, options = {}] of cases) {
    test(name, async (t) => {
      const app = await register(t);
      const port = await app.listen(
        http.createServer(options, (req, res) => void req.on('end', () => res.end()).resume()),
      );
      const answer = await exchange(t, port, request);
      const [point] = await app.points(1);
      assert.equal(summary(point!), expected);
      assert.match(answer, new RegExp(`^HTTP/1.1 ${point!.tags.status} `));
    });
  }

  test('one request more than a connection may have', async (t) => {
    const app = await register(t);
    const server = http.createServer((_req, res) => res.end());
    server.maxRequestsPerSocket = 1;
    const port = await app.listen(server);
    const { socket, received } = await connect(t, port);
    socket.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n'.repeat(2));
    await received(/HTTP\/1.1 503 /);
    assert.deepEqual((await app.points(2)).map(summary), ['GET 200 finished', 'GET 503 rejected']);
  });

  test('but not what asks whether it may go on, and may', async (t) => {
    const app = await register(t);
    const port = await app.listen(http.createServer((_req, res) => res.end('yes')));
    const answer = await exchange(
      t,
      port,
      'GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\nexpect: 100-continue\r\n\r\n',
    );
    assert.match(answer, /^HTTP\/1.1 100 Continue\r\n\r\nHTTP\/1.1 200 OK/);
    assert.deepEqual(
      (await app.points(1)).map((point) => [summary(point), point.fields.bytes_out]),
      [['GET 200 finished', 3]],
    );
  });
});

describe('over HTTP/2', () => {
  /** A client session, and a function that makes a request and reads its answer. */
  async function session(t: TestContext, url: string) {
    const client = http2.connect(url, { rejectUnauthorized: false });
    t.after(() => client.destroy());
    client.on('error', () => {});
    const get = async (headers: http2.OutgoingHttpHeaders, body?: string) => {
      const stream = client.request(headers, { endStream: body === undefined });
      if (body !== undefined) stream.end(body);
      const [answer] = await once(stream, 'response');
      stream.resume();
      await once(stream, 'close');
      return answer[':status'];
    };
    return { client, get };
  }

  test('each stream is a point, whichever interface answers it', async (t) => {
    const app = await register(t);
    const compat = http2.createServer((req, res) => {
      app.middleware(req as never, res as never); // once all the same
      req.resume().on('end', () => res.writeHead(201).end('hello'));
    });
    const streams = http2.createServer().on('stream', (stream) => {
      stream.respond({ ':status': 404 });
      stream.end('nothing');
    });
    for (const [server, status] of [
      [compat, 201],
      [streams, 404],
    ] as const) {
      const { get } = await session(t, `http://127.0.0.1:${await app.listen(server)}`);
      assert.equal(await get({ ':path': '/', ':method': 'POST' }, 'some bytes'), status);
    }
    const points = await app.points(2);
    assert.deepEqual(points.map(summary), ['POST 201 finished', 'POST 404 finished']);
    assert.deepEqual(
      points.map(({ fields }) => [fields.bytes_out, Number(fields.first_byte_time) > 0]),
      [
        [5, true],
        [7, true],
      ],
    );
    assert.equal(points[0]!.fields.bytes_in, 10);
  });

  test('the bytes of writes that leave together are counted', async (t) => {
    const app = await register(t);
    const server = http2.createServer((_req, res) => {
      const { stream } = res;
      stream.respond({ ':status': 200 });
      stream.cork();
      for (const text of ['one', 'two', 'three']) stream.write(text);
      stream.uncork();
      stream.end();
    });
    const { get } = await session(t, `http://127.0.0.1:${await app.listen(server)}`);
    assert.equal(await get({ ':path': '/' }), 200);
    assert.equal((await app.points(1))[0]!.fields.bytes_out, 'onetwothree'.length);
  });

  test('the bytes of a file are counted, also of a part and of one that the client leaves', async (t) => {
    const app = await register(t, { path: true });
    const folder = mkdtempSync(join(tmpdir(), 'raw-requests-file-'));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    const file = join(folder, 'file');
    writeFileSync(file, Buffer.alloc(3_000_000));
    const handle = await open(file);
    t.after(() => handle.close());
    const server = http2.createServer();
    server.on('stream', (stream, { ':path': path }) => {
      stream.on('error', () => {});
      if (path === '/all' || path === '/left') stream.respondWithFile(file);
      if (path === '/part') stream.respondWithFile(file, {}, { offset: 10, length: 1000 });
      if (path === '/fd') stream.respondWithFD(handle.fd, {}, { offset: 0, length: 777 });
      if (path === '/handle') stream.respondWithFD(handle, {}, { offset: 0, length: 778 });
    });
    const port = await app.listen(server);
    const client = http2.connect(`http://127.0.0.1:${port}`);
    t.after(() => client.destroy());
    for (const path of ['/all', '/part', '/fd', '/handle']) {
      await once(client.request({ ':path': path }).resume(), 'close');
    }
    const left = client.request({ ':path': '/left' });
    left.once('data', () => left.close(http2.constants.NGHTTP2_CANCEL));
    await once(left, 'close');
    const points = await app.points(5);
    assert.deepEqual(
      points.slice(0, 4).map(({ fields }) => [fields.path, fields.bytes_out]),
      [
        ['/all', 3_000_000],
        ['/part', 1000],
        ['/fd', 777],
        ['/handle', 778],
      ],
    );
    assert.equal(summary(points[4]!), 'GET 200 aborted');
    const { bytes_out } = points[4]!.fields;
    assert.ok(Number(bytes_out) > 0 && Number(bytes_out) < 3_000_000, `${bytes_out} bytes`);
  });

  test('a stream that is reset, and those of a session that is lost, are aborted', async (t) => {
    const app = await register(t);
    const server = http2.createServer((_req, res) => void res.write('some'));
    const { client } = await session(t, `http://127.0.0.1:${await app.listen(server)}`);
    const reset = client.request({ ':path': '/' });
    await once(reset, 'response');
    reset.close(http2.constants.NGHTTP2_CANCEL);
    await once(reset, 'close');
    const lost = client.request({ ':path': '/' });
    lost.on('error', () => {});
    await once(lost, 'response');
    client.destroy();
    assert.deepEqual((await app.points(2)).map(summary), ['GET 200 aborted', 'GET 200 aborted']);
  });

  test('with TLS, and over HTTP/1.1 where that is allowed', async (t) => {
    const app = await register(t);
    const server = http2.createSecureServer({ ...certificate(t), allowHTTP1: true }, (_req, res) =>
      res.end('hello'),
    );
    const port = await app.listen(server);
    const { get } = await session(t, `https://127.0.0.1:${port}`);
    await get({ ':path': '/' });
    await app.points(1);
    const req = https.get({ port, host: '127.0.0.1', rejectUnauthorized: false, agent: false });
    const [res] = await once(req, 'response');
    await once(res.resume(), 'end');
    assert.deepEqual((await app.points(2)).map(summary), ['GET 200 finished', 'GET 200 finished']);
  });

  test('methods that nobody knows are _OTHER', async (t) => {
    const app = await register(t);
    const { get } = await session(
      t,
      `http://127.0.0.1:${await app.listen(http2.createServer((_req, res) => res.end()))}`,
    );
    await get({ ':path': '/', ':method': 'FOO123' });
    assert.deepEqual((await app.points(1)).map(summary), ['_OTHER 200 finished']);
  });
});

test('the application does not notice: listeners, headers and events are the same', async (t) => {
  const look = async () => {
    let seen = '';
    const server = http.createServer((req, res) => {
      seen = JSON.stringify([
        req.eventNames().map(String),
        Object.keys(req),
        server.eventNames(),
        server.listenerCount('request'),
      ]);
      res.end('hello');
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const port = (server.address() as AddressInfo).port;
    const answer = await exchange(t, port, 'GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n');
    server.close();
    return `${seen}\n${answer.replace(/^Date: .*$/m, 'Date')}`;
  };
  const before = await look();
  await register(t);
  assert.equal(await look(), before);
});
