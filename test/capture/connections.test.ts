import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import http2 from 'node:http2';
import { describe, test } from 'node:test';
import { exchange, register } from '../support/registered.ts';

const GET = 'GET / HTTP/1.1\r\nhost: x\r\n\r\n';
const LAST = 'GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n';

describe('the number of a request on its connection', () => {
  test('counts from 1, pipelined requests and an upgrade included', async (t) => {
    const app = await register(t);
    const server = http.createServer((_req, res) => void res.end());
    server.on('upgrade', (_req, socket) => void socket.end('HTTP/1.1 403 Forbidden\r\n\r\n'));
    const port = await app.listen(server);
    await exchange(t, port, `${GET}${GET}${LAST}`);
    await exchange(t, port, LAST);
    await exchange(t, port, `${GET}GET / HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n`);
    const points = await app.points(6);
    assert.deepEqual(
      points.map(({ fields }) => fields.connection_requests),
      [1, 2, 3, 1, 1, 2],
    );
  });

  test('counts the streams of an HTTP/2 session', async (t) => {
    const app = await register(t);
    const port = await app.listen(http2.createServer((_req, res) => void res.end()));
    for (const streams of [2, 1]) {
      const client = http2.connect(`http://127.0.0.1:${port}`);
      for (let i = 0; i < streams; i++) await once(client.request({ ':path': '/' }).resume(), 'close');
      client.close();
      await once(client, 'close');
    }
    const points = await app.points(3);
    assert.deepEqual(
      points.map(({ fields }) => fields.connection_requests),
      [1, 2, 1],
    );
  });

  test('is not known without a connection', async (t) => {
    const app = await register(t);
    const { inject } = await import('light-my-request');
    await inject((req, res) => app.middleware(req as http.IncomingMessage, res, () => res.end()), '/');
    const [point] = await app.points(1);
    assert.equal(point!.fields.connection_requests, undefined);
  });
});
