import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import http2 from 'node:http2';
import { describe, type TestContext, test } from 'node:test';
import { WebSocket, WebSocketServer } from 'ws';
import { Census } from '../../../src/capture/census/census.ts';
import type { Options } from '../../../src/index.ts';
import { exchange, type Registered, register } from '../../support/registered.ts';
import { connect } from '../../support/server.ts';
import { until } from '../../support/within.ts';

const get = (path: string, rest = '') => `GET ${path} HTTP/1.1\r\nhost: x\r\n${rest}\r\n`;
const last = (path: string) => get(path, 'connection: close\r\n');

/** Records and checks the servers of this process. `end` ends that, and returns what was logged. */
async function checked(t: TestContext, options: Options = {}, all = true) {
  const log: string[] = [];
  const write = (fields: { requests?: string }, message: string) => {
    if (message.startsWith('check:')) log.push(message + (fields.requests ? ` (${fields.requests})` : ''));
  };
  const logger = { debug: write, info: write, warn: write, error: write };
  const app: Registered = await register(t, { ...options, logger, logLevel: undefined }, {}, all);
  app.recorder.check(Census);
  const end = async () => {
    await app.close();
    return log;
  };
  return { app, end };
}

/** Asserts that nothing was logged but the total, with so many requests that are not those of the fake database. */
function same(log: readonly string[], observed: number): void {
  const [, sent, optional, seen] =
    /(\d+) requests sent \((\d+) .*\), (\d+) observed; no difference$/.exec(log[0]!) ?? [];
  assert.deepEqual([Number(seen), log.length], [observed, 1], log.join('\n'));
  assert.ok(Number(sent) >= observed && Number(sent) - Number(optional) <= observed);
}

describe('the check finds no difference', () => {
  test('for requests that follow each other, wait for each other, upload, or are ignored', async (t) => {
    const { app, end } = await checked(t, { ignore: ['/healthz', '/write*'] });
    const port = await app.listen(
      http.createServer((req, res) => void req.resume().on('end', () => res.end())),
    );
    await exchange(t, port, get('/1') + get('/2') + get('/healthz') + last('/3'));
    const { socket } = await connect(t, port);
    for (const part of [
      'POST / HTTP/1.1\r\nhost: x\r\ntransfer-',
      'encoding: chunked\r\nconnection: close\r\n\r\n3\r\nab',
    ]) {
      socket.write(part);
      await new Promise(setImmediate);
    }
    socket.write('c\r\n0\r\n\r\n');
    await once(socket, 'close');
    await app.points(4);
    same(await end(), 4);
  });

  test('for requests that Node rejects, and for heads that are never completed', async (t) => {
    const { app, end } = await checked(t);
    const port = await app.listen(http.createServer((_req, res) => res.end()));
    await exchange(t, port, `${get('/')}no request at all\r\n\r\n`);
    await exchange(t, port, 'nor is this\r\n\r\n');
    await exchange(t, port, 'GET / HTTP/1.1\r\nconnection: close\r\n\r\n');
    await exchange(t, port, get('/', `long: ${'x'.repeat(20_000)}\r\n`));
    const { socket } = await connect(t, port);
    socket.end('GET / HTT');
    await once(socket, 'close');
    await app.points(5);
    same(await end(), 5);
  });

  test('for connections that are lost, and for requests that are open at the end', async (t) => {
    const { app, end } = await checked(t);
    let entered = 0;
    const port = await app.listen(http.createServer(() => entered++));
    const lost = await connect(t, port);
    lost.socket.write(get('/1') + get('/2'));
    const open = await connect(t, port);
    open.socket.write(get('/3'));
    await until(() => entered === 3, 'the requests are here');
    lost.socket.destroy();
    await app.points(2);
    same(await end(), 3);
  });

  test('for a WebSocket, whose application gets all of its data, and for a tunnel', async (t) => {
    const { app, end } = await checked(t);
    const server = http.createServer();
    const wss = new WebSocketServer({ noServer: true });
    server.on('upgrade', async (req, socket, head) => {
      await new Promise(setImmediate);
      wss.handleUpgrade(req, socket, head, (ws) => ws.on('message', (message) => ws.send(message)));
    });
    server.on('connect', (_req, socket) => socket.end('HTTP/1.1 200 OK\r\n\r\n'));
    const port = await app.listen(server);
    const ws = new WebSocket(`ws://127.0.0.1:${port}/live`);
    await once(ws, 'open');
    ws.send('GET / HTTP/1.1\r\n\r\n');
    const [echo] = await once(ws, 'message');
    assert.equal(String(echo), 'GET / HTTP/1.1\r\n\r\n');
    ws.close();
    await exchange(t, port, 'CONNECT a:443 HTTP/1.1\r\nhost: x\r\n\r\n');
    await app.points(2);
    same(await end(), 2);
  });

  test('for streams of HTTP/2', async (t) => {
    const { app, end } = await checked(t);
    const server = http2.createServer((req, res) => {
      if (req.url !== '/never') res.end();
    });
    const session = http2.connect(`http://127.0.0.1:${await app.listen(server)}`);
    t.after(() => session.destroy());
    for (const path of ['/1', '/2']) await once(session.request({ ':path': path }).resume(), 'close');
    const never = session.request({ ':path': '/never' });
    await once(server, 'request');
    never.close(http2.constants.NGHTTP2_CANCEL);
    await app.points(3);
    const reset = session.request({ ':path': '/reset' });
    reset.on('error', () => {}).close(http2.constants.NGHTTP2_CANCEL);
    await once(reset, 'close');
    session.close();
    await once(session, 'close');
    same(await end(), 4);
  });
});

describe('the check logs', () => {
  test('which requests of a connection were not observed, and how many connections differ', async (t) => {
    const { app, end } = await checked(t, {}, false);
    const server = http.createServer((req, res) => {
      if (req.url !== '/missed?token=secret') app.middleware(req, res);
      res.end();
    });
    const port = await app.listen(server);
    await exchange(t, port, get('/1') + last('/missed?token=secret'));
    await exchange(t, port, last('/2'));
    await app.points(2);
    const [difference, total] = await end();
    assert.equal(
      difference,
      'check: a connection differs: 2 requests sent (0 ignored or invalid), 1 observed (GET /1, GET /missed)',
    );
    assert.match(total!, /, 2 observed; connections that differ: 1$/);
  });
});
