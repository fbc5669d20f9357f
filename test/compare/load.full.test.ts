import assert from 'node:assert/strict';
import type http from 'node:http';
import { describe, test } from 'node:test';
import { LoadProcess } from '../../src/compare/load/load.ts';
import type { LoadOrder } from '../../src/compare/load/messages.ts';
import { timesOf } from '../../src/compare/rounds/figures.ts';
import { listen } from '../support/server.ts';

const request = { weight: 1, method: 'GET', path: '/', headers: {}, body: undefined };
const ORDER: Omit<LoadOrder, 'url'> = {
  loop: 'open',
  rate: 200,
  connections: 8,
  duration: 0.5,
  requests: undefined,
  keepAlive: true,
  timeout: 5,
  warmUp: 0.1,
  seed: 1,
  mix: [request],
};
const never = new AbortController().signal;

async function send(url: string, order: Partial<LoadOrder>) {
  const load = await LoadProcess.start();
  try {
    return await load.send({ ...ORDER, ...order, url }, never);
  } finally {
    load.close();
  }
}

describe('the load', () => {
  test('in an open loop is due at the rate, and says when each request was due', async (t) => {
    let seen = 0;
    const starts: number[] = [];
    const { url } = await listen(t, (req, res) => {
      seen++;
      starts.push(Number(/^t=(\d+\.\d+)$/.exec(String(req.headers['x-request-start']))?.[1]));
      res.end('hello');
    });
    const result = await send(url, {});
    assert.equal(result.due.length, 100);
    assert.deepEqual([result.sent, result.answered, result.unsent], [seen, seen, 0]);
    assert.equal(seen, 120);
    starts.sort((a, b) => a - b); // they come over several connections
    const gaps = starts.slice(1).map((start, i) => start - starts[i]!);
    assert.ok(
      gaps.every((gap) => Math.abs(gap - 5) < 0.01),
      'each is due 5 ms after the one before',
    );
    assert.deepEqual([...new Set(result.status)], [200]);
    assert.deepEqual([...new Set(result.size)], [5]);
    assert.ok(result.connectionsOpened <= 8, `${result.connectionsOpened} connections`);
  });

  test('finds a blocked event loop, which a closed loop hides', async (t) => {
    const { url } = await listen(t, (_req, res) => res.end());
    const block = setInterval(() => {
      const end = performance.now() + 60;
      while (performance.now() < end);
    }, 300);
    t.after(() => clearInterval(block));
    const times = async (order: Partial<LoadOrder>) =>
      timesOf((await send(url, { ...order, duration: 2 })).latency);
    const open = await times({ rate: 250 });
    const closed = await times({ loop: 'closed', connections: 1 });
    assert.ok(open.p90 > 0.02, `open loop: p90 ${open.p90} s`);
    assert.ok(closed.p90 < open.p90 / 4, `closed loop: p90 ${closed.p90} s, open loop ${open.p90} s`);
  });

  test('counts what fails and what could not be sent', async (t) => {
    const { url } = await listen(t, (req, res) => {
      if (req.url === '/cut') return void res.socket!.destroy();
      if (req.url === '/held') return; // never answers
      res.writeHead(503).end();
    });
    const cut = await send(url, { mix: [request, { ...request, path: '/cut' }] });
    assert.equal(cut.failures.ECONNRESET, [...cut.status].filter((status) => status === 0).length);
    assert.ok([...cut.request].every((index, i) => cut.status[i] === (index === 0 ? 503 : 0)));
    const held = await send(url, { mix: [{ ...request, path: '/held' }], duration: 0.2 });
    assert.deepEqual([held.answered, held.sent], [0, 8]);
    assert.equal(held.unsent, 60 - 8);
    assert.ok([...held.latency].every(Number.isNaN));
  });

  test('sends bodies and headers, by weight, over new connections where none is kept', async (t) => {
    const bodies: string[] = [];
    const server = await listen(t, (req, res) => {
      let text = '';
      req.on('data', (chunk) => {
        text += chunk;
      });
      req.on('end', () => {
        bodies.push(`${req.method} ${req.url} ${req.headers['x-mine'] ?? ''} ${text}`);
        res.end();
      });
    });
    let connections = 0;
    server.server.on('connection', () => connections++);
    const post = {
      ...request,
      weight: 3,
      method: 'POST',
      path: '/b',
      headers: { 'x-mine': 'yes' },
      body: 'text',
    };
    const result = await send(server.url, {
      keepAlive: false,
      mix: [request, post],
      requests: 100,
      warmUp: 0,
    });
    assert.equal(result.due.length, 100);
    assert.equal(connections, 100);
    assert.equal(result.connectionsOpened, 100);
    const posts = bodies.filter((body) => body === 'POST /b yes text').length;
    assert.equal(posts + bodies.filter((body) => body === 'GET /  ').length, 100);
    assert.ok(posts > 60 && posts < 90, `${posts} of 100 by a weight of 3 in 4`);
  });

  test('ends with what it is asked for in a closed loop', async (t) => {
    const { url } = await listen(t, (_req: http.IncomingMessage, res) => res.end('x'));
    const result = await send(url, { loop: 'closed', requests: 500, warmUp: 0, connections: 4 });
    assert.equal(result.due.length, 500);
    assert.equal(result.openMost, 4);
  });
});
