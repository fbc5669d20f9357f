import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import { describe, test } from 'node:test';
import { exchange, register, summary } from '../support/registered.ts';
import { connect } from '../support/server.ts';

describe('what the client sent is recorded', () => {
  test('method and path, whatever the application makes of them', async (t) => {
    const app = await register(t, { path: true });
    const port = await app.listen(
      http.createServer((req, res) => {
        req.url = '/etc/passwd';
        req.method = 'PUT';
        res.end();
      }),
    );
    await exchange(
      t,
      port,
      'POST /../../etc/passwd?a=b HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\nconnection: close\r\n\r\n',
    );
    const [point] = await app.points(1);
    assert.equal(summary(point!), 'POST 200 finished');
    assert.equal(point!.fields.path, '/../../etc/passwd');
  });

  test('the path of a target in absolute form, which `ignore` sees as well', async (t) => {
    const app = await register(t, { path: true, ignore: ['/write*', '/healthz'] });
    const port = await app.listen(http.createServer((_req, res) => res.end()));
    const get = (target: string) =>
      exchange(t, port, `GET ${target} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`);
    await get('http://shop.example/healthz?now');
    await get('http://shop.example/a/b?c=/d');
    await get('HTTPS://shop.example?c');
    const points = await app.points(2);
    assert.deepEqual(
      points.map(({ fields }) => fields.path),
      ['/a/b', '/'],
    );
    assert.equal(app.middleware.stats().recorded, 2);
  });
});

describe('an upload', () => {
  const head = 'POST /upload HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\n';

  test('that is answered early and then given up is one request', async (t) => {
    const app = await register(t);
    const port = await app.listen(http.createServer((_req, res) => res.writeHead(413).end()));
    const { socket, received } = await connect(t, port);
    socket.write(`${head}some`);
    await received(/ 413 /);
    socket.end();
    await once(socket, 'close');
    // The next connection's request would come after a second point of the first.
    await exchange(t, port, 'GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n');
    const points = await app.points(2);
    assert.deepEqual(points.map(summary), ['POST 413 finished', 'GET 413 finished']);
  });

  test('whose client closes its half of the connection has the status that Node answers', async (t) => {
    const app = await register(t);
    const port = await app.listen(http.createServer((req) => void req.resume()));
    const { socket, text } = await connect(t, port);
    socket.end(`${head}some`);
    await once(socket, 'close');
    assert.match(text(), /^HTTP\/1\.1 400 /);
    const [point] = await app.points(1);
    assert.equal(summary(point!), 'POST 400 aborted');
    assert.equal(point!.fields.bytes_in, 4);
  });

  test('that is the start of a request only is rejected', async (t) => {
    const app = await register(t);
    const port = await app.listen(http.createServer((_req, res) => res.end()));
    const { socket, received } = await connect(t, port);
    socket.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n');
    await received(/ 200 /);
    socket.end('GET /an');
    await once(socket, 'close');
    const points = await app.points(2);
    assert.deepEqual(points.map(summary), ['GET 200 finished', '_OTHER 400 rejected']);
  });
});

test('what a proxy says of the queue wrongly is counted', async (t) => {
  const app = await register(t);
  const port = await app.listen(http.createServer((_req, res) => res.end()));
  const get = (header: string) =>
    exchange(t, port, `GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n${header}\r\n`);
  await get('');
  await get('x-request-start: soon\r\n');
  await get(`x-request-start: \r\nx-queue-start: t=${Date.now() - 1000}\r\n`);
  const points = await app.points(3);
  assert.deepEqual(
    points.map(({ fields }) => Math.round(Number(fields.queue_time))),
    [Number.NaN, Number.NaN, 1],
  );
  assert.equal(app.middleware.stats().queueTimeErrors, 1);
});
