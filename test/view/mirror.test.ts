import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import http from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { describe, type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { VIEW_HEADER } from '../../src/export/send/identify-listener.ts';
import { startViewer } from '../../src/view/index.ts';
import { sender } from '../support/export/sender.ts';
import { fakeInflux } from '../support/fake-influx.ts';
import { readFeed } from '../support/view/feed.ts';
import { until } from '../support/within.ts';

const REQUESTS = 20;
const fixture = fileURLToPath(new URL('../fixtures/viewed.js', import.meta.url));

async function portOf(t: TestContext, server: net.Server): Promise<number> {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const open = new Set<net.Socket>();
  server.on('connection', (socket) => open.add(socket));
  t.after(() => {
    server.close();
    for (const socket of open) socket.destroy();
  });
  return (server.address() as AddressInfo).port;
}

/** Who may have the view's port; returns it, and what was written there. */
const LISTENERS: Readonly<Record<string, (t: TestContext, writes: string[]) => Promise<number>>> = {
  'another program': (t, writes) =>
    portOf(
      t,
      http.createServer((req, res) => {
        if (req.url !== '/ping') writes.push(`${req.method} ${req.url}`);
        res.end('something else');
      }),
    ),
  'a program that never answers': (t) => portOf(t, net.createServer()),
  'a view that wants a token': async (t, writes) => {
    const viewer = await startViewer({ port: 0, token: 'a-token-of-16-characters' });
    t.after(() => viewer.close());
    t.after(() => viewer.stats().received > 0 && writes.push('received'));
    return Number(new URL(viewer.url).port);
  },
  'a view that refuses every line': (t) =>
    portOf(
      t,
      http.createServer((req, res) => {
        req.resume();
        res.setHeader(VIEW_HEADER, '1');
        res.writeHead(req.url === '/ping' ? 204 : 400).end('{"error":"unable to parse"}');
      }),
    ),
};

describe('RAW_REQUESTS=view beside a database', () => {
  for (const [listener, listen] of Object.entries(LISTENERS)) {
    test(`changes nothing of what the database gets when the port is that of ${listener}`, async (t) => {
      const influx = await fakeInflux(t);
      const writes: string[] = [];
      const viewPort = await listen(t, writes);
      const { recorder, request } = await sender(t, { enabled: 'view', url: influx.url, viewPort });
      await request(REQUESTS);
      await recorder.flush();
      const { recorded, acknowledged } = recorder.stats();
      assert.deepEqual([recorded, acknowledged, influx.points.length], [REQUESTS, REQUESTS, REQUESTS]);
      assert.deepEqual(writes, []);
    });
  }

  test('gives the view a copy of what is sent', async (t) => {
    const influx = await fakeInflux(t);
    const viewer = await startViewer({ port: 0 });
    t.after(() => viewer.close());
    const viewPort = Number(new URL(viewer.url).port);
    const { recorder, request } = await sender(t, {
      enabled: 'view',
      url: influx.url,
      bucket: 'b',
      database: undefined,
      token: 't',
      viewPort,
    });
    await request(REQUESTS);
    await recorder.flush();
    assert.equal(influx.points.length, REQUESTS);
    assert.equal(influx.writes[0]!.path, '/api/v2/write?bucket=b&precision=ns');
    assert.equal(influx.writes[0]!.headers.authorization, 'Token t');
    await until(() => viewer.stats().received >= REQUESTS, 'the view has them');
    assert.equal(viewer.stats().received, REQUESTS);
  });

  test('shows the view the token that it asks for, and the database another one', async (t) => {
    const influx = await fakeInflux(t);
    const viewToken = 'a-token-of-16-characters';
    const viewer = await startViewer({ port: 0, token: viewToken });
    t.after(() => viewer.close());
    const viewPort = Number(new URL(viewer.url).port);
    const { request } = await sender(t, {
      enabled: 'view',
      url: influx.url,
      token: 't',
      viewPort,
      viewToken,
    });
    await request(REQUESTS);
    await until(() => viewer.stats().received >= REQUESTS, 'the view has them');
    await influx.stored(REQUESTS);
    assert.deepEqual([...new Set(influx.writes.map(({ headers }) => headers.authorization))], ['Token t']);
  });

  test('loses nothing when the process that serves the view is killed while the database is down', async (t) => {
    const influx = await fakeInflux(t);
    influx.answer = (_write, res) => res.writeHead(503).end();
    const probe = net.createServer();
    const viewPort = await portOf(t, probe);
    probe.close();
    const settings = {
      RAW_REQUESTS: 'view',
      RAW_REQUESTS_VIEW_PORT: String(viewPort),
      INFLUX_URL: influx.url,
    };
    const host = spawn(process.execPath, [fixture, 'stay', '0'], {
      env: { ...process.env, ...settings, INFLUX_DATABASE: 'requests' },
      stdio: ['pipe', 'ignore', 'pipe'],
    });
    t.after(() => host.kill('SIGKILL'));
    await once(host.stderr, 'data'); // its address
    const { recorder, request, until } = await sender(t, { enabled: 'view', url: influx.url, viewPort });
    await request(REQUESTS);
    const feed = await readFeed(t, `http://127.0.0.1:${viewPort}`);
    await feed.until(() => feed.states.at(-1)?.counters.received === REQUESTS);
    assert.deepEqual([recorder.stats().queued, recorder.stats().acknowledged], [REQUESTS, 0]);
    host.kill('SIGKILL');
    await once(host, 'exit');
    influx.answer = undefined;
    await until(({ acknowledged }) => acknowledged === REQUESTS);
    assert.equal(influx.points.length, REQUESTS);
  });
});
