import assert from 'node:assert/strict';
import { once } from 'node:events';
import type http from 'node:http';
import { describe, type TestContext, test } from 'node:test';
import { runInNewContext } from 'node:vm';
import { type Options, type RawRequests, rawRequests } from '../../src/index.ts';
import { type FakeInflux, fakeInflux } from '../support/fake-influx.ts';
import type { Point } from '../support/line-protocol.ts';
import { connect, type Listening, listen } from '../support/server.ts';

interface Recorded extends Listening {
  readonly influx: FakeInflux;
  readonly recorder: RawRequests;
  /** Waits for the next `count` requests to be over, and returns their points. */
  points(count: number): Promise<Point[]>;
}

/** A server that records each request and then runs `handler`. */
async function record(
  t: TestContext,
  handler: http.RequestListener,
  options: Options = {},
): Promise<Recorded> {
  const influx = await fakeInflux(t);
  const recorder = rawRequests({ url: influx.url, database: 'requests', flushIntervalMs: 10, ...options });
  t.after(() => recorder.close());
  const listening = await listen(t, (req, res) => {
    recorder(req, res);
    handler(req, res);
  });
  return { ...listening, influx, recorder, points: (count) => influx.stored(count) };
}

const one = async (recorded: Recorded): Promise<Point> => {
  const [point] = await recorded.points(1);
  return point!;
};

describe('a finished request', () => {
  test('carries process, slot, method, status, outcome, bytes and sequence', async (t) => {
    const app = await record(t, (req, res) => req.resume().on('end', () => res.writeHead(201).end('hello')));
    await (await fetch(`${app.url}/orders?secret=1`, { method: 'POST', body: 'twelve bytes' })).text();
    const point = await one(app);
    assert.equal(point.measurement, 'raw-requests');
    const { hostname, process: name, ...tags } = point.tags;
    assert.deepEqual(tags, {
      method: 'POST',
      outcome: 'finished',
      route: '(unmatched)',
      status: '201',
      thread: '0',
      worker: '0',
    });
    assert.equal(name, `${hostname}:${process.pid}`);
    const { application_time, first_byte_time, start_time, ...fields } = point.fields;
    // Chunked: 5 bytes of content, `5\r\n` before them, `\r\n0\r\n\r\n` behind.
    assert.deepEqual(fields, {
      bytes_in: 12,
      bytes_out: 15,
      connection_requests: 1,
      in_flight: 1,
      sequence: 1,
      slot: 1,
    });
    assert.ok(Number(first_byte_time) > 0 && Number(first_byte_time) <= Number(application_time));
    assert.equal(point.time - BigInt(start_time!) > 0n, true);
  });

  test('has the wall time of its end, and a start that lies application_time before it', async (t) => {
    const app = await record(t, (_req, res) => void setTimeout(() => res.end(), 30));
    const before = Date.now();
    await (await fetch(app.url)).text();
    const after = Date.now();
    const { time, fields } = await one(app);
    assert.ok(
      Number(time / 1_000_000n) >= before && Number(time / 1_000_000n) <= after + 2,
      `${before} ${time} ${after}`,
    );
    // Read as a number, start_time has lost its last digits.
    assert.ok(
      Math.abs(Number(time) - Number(fields.start_time) - Number(fields.application_time) * 1e9) < 1000,
    );
  });

  test('lasts until a streamed response is complete', async (t) => {
    const streams: http.ServerResponse[] = [];
    const app = await record(t, (_req, res) => {
      res.write('first');
      streams.push(res);
    });
    const { socket, received } = await connect(t, app.port);
    const asked = performance.now();
    socket.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n');
    await received(/first/);
    const begun = performance.now();
    const other = await connect(t, app.port);
    other.socket.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n');
    await other.received(/first/);
    const lasted = performance.now() - begun;
    streams[0]!.end('last');
    const { fields } = await one(app);
    const [first, all] = [Number(fields.first_byte_time), Number(fields.application_time)];
    assert.ok(first <= (begun - asked) / 1e3, `first_byte_time ${first}`);
    assert.ok(all - first >= lasted / 1e3, `application_time ${all}, ${lasted} ms after the first byte`);
  });

  test('counts the body only: none for HEAD and 204, no interim responses, no head', async (t) => {
    const app = await record(t, (req, res) => {
      res.writeEarlyHints({ link: '</style.css>; rel=preload' });
      if (req.method === 'HEAD') res.end('not sent');
      else if (req.url === '/empty') res.writeHead(204).end();
      else res.writeHead(200, { 'content-length': 8, 'x-long': 'x'.repeat(2000) }).end('content!');
    });
    const { socket, received } = await connect(t, app.port);
    socket.write('HEAD / HTTP/1.1\r\nhost: x\r\n\r\n');
    await received(/HTTP\/1.1 200 /);
    socket.write('GET /empty HTTP/1.1\r\nhost: x\r\n\r\n');
    await received(/HTTP\/1.1 204 /);
    socket.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n');
    await received(/content!/);
    const points = await app.points(3);
    assert.deepEqual(
      points.map(({ tags, fields }) => [tags.method, tags.status, fields.bytes_out]),
      [
        ['HEAD', '200', 0],
        ['GET', '204', 0],
        ['GET', '200', 8],
      ],
    );
  });

  test('counts the bytes of a chunked request body without the chunks around them', async (t) => {
    const app = await record(t, (req, res) => req.resume().on('end', () => res.end()));
    const { socket, received } = await connect(t, app.port);
    socket.write('POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n');
    socket.write('5\r\nfirst\r\n');
    socket.write('4\r\nlast\r\n0\r\n\r\n');
    await received(/HTTP\/1.1 200 /);
    assert.equal((await one(app)).fields.bytes_in, 9);
  });

  test('is one point, however often the recorder is in its way', async (t) => {
    const influx = await fakeInflux(t);
    const options = { url: influx.url, database: 'requests', flushIntervalMs: 10 };
    const recorders = [rawRequests(options), rawRequests(options)];
    t.after(() => Promise.all(recorders.map((recorder) => recorder.close())));
    const { url } = await listen(t, (req, res) => {
      for (const recorder of recorders) recorder(req, res);
      recorders[0]!(req, res);
      res.end();
    });
    await (await fetch(url)).text();
    await (await fetch(url)).text();
    await recorders[0]!.flush();
    assert.deepEqual(
      influx.points.map(({ fields }) => fields.sequence),
      [1, 2],
    );
  });
});

describe('concurrency', () => {
  test('takes the smallest free slot and tells how many were in flight', async (t) => {
    const held: http.ServerResponse[] = [];
    const app = await record(t, (_req, res) => void held.push(res));
    const open = async () => {
      const answer = fetch(app.url);
      await once(app.server, 'request');
      return { res: held.pop()!, answer };
    };
    const close = async ({ res, answer }: Awaited<ReturnType<typeof open>>) => {
      res.end();
      await (await answer).text();
    };
    const [first, second, third] = [await open(), await open(), await open()];
    await close(second);
    await close(await open());
    await close(first);
    await close(third);
    const points = await app.points(4);
    assert.deepEqual(
      points.map(({ fields }) => [fields.slot, fields.in_flight]),
      [
        [2, 2],
        [2, 3],
        [1, 1],
        [3, 3],
      ],
    );
  });

  test('gives every point its own, increasing timestamp', async (t) => {
    const app = await record(t, (_req, res) => res.end(), { batchLines: 7 });
    await Promise.all(Array.from({ length: 200 }, async () => (await fetch(app.url)).text()));
    const points = await app.points(200);
    const bySequence = points.toSorted((a, b) => Number(a.fields.sequence) - Number(b.fields.sequence));
    for (const [index, { time, fields }] of bySequence.entries()) {
      assert.equal(fields.sequence, index + 1);
      if (index > 0) assert.ok(time > bySequence[index - 1]!.time);
    }
  });
});

describe('a request that is not finished', () => {
  test('is aborted with status 0 when the client leaves before the head', async (t) => {
    const app = await record(t, (req) => void req.socket.once('close', () => {}));
    const { socket } = await connect(t, app.port);
    const requested = once(app.server, 'request');
    socket.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n');
    await requested;
    socket.destroy();
    const { tags, fields } = await one(app);
    assert.deepEqual([tags.outcome, tags.status], ['aborted', '0']);
    assert.equal(fields.first_byte_time, undefined);
    assert.equal(fields.bytes_out, 0);
  });

  test('is aborted when the client leaves in the middle of the body', async (t) => {
    const app = await record(t, (_req, res) => void res.write('the first half'));
    const { socket, received } = await connect(t, app.port);
    socket.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n');
    await received(/half/);
    socket.destroy();
    const { tags } = await one(app);
    assert.deepEqual([tags.outcome, tags.status], ['aborted', '200']);
  });

  test('is aborted when the client resets the connection while a large body is being sent', async (t) => {
    const app = await record(t, (_req, res) => res.end(Buffer.alloc(50_000_000)));
    const { socket, received } = await connect(t, app.port);
    socket.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n');
    await received(/\r\n\r\n/);
    socket.resetAndDestroy();
    const { tags } = await one(app);
    assert.deepEqual([tags.outcome, tags.status], ['aborted', '200']);
  });

  test('is aborted when the server destroys the connection under a complete response', async (t) => {
    const app = await record(t, (_req, res) => void res.end(Buffer.alloc(50_000_000)));
    const { socket, received } = await connect(t, app.port);
    socket.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n');
    await received(/\r\n\r\n/);
    socket.pause();
    app.server.closeAllConnections();
    assert.equal((await one(app)).tags.outcome, 'aborted');
  });

  test('is aborted when the application destroys the response', async (t) => {
    const app = await record(t, (_req, res) => void res.destroy());
    await assert.rejects(fetch(app.url));
    const { tags } = await one(app);
    assert.deepEqual([tags.outcome, tags.status], ['aborted', '0']);
  });

  test('is aborted when the client leaves in the middle of its upload', async (t) => {
    let leave = () => {};
    const app = await record(t, (req) => void req.on('data', () => leave()));
    const { socket } = await connect(t, app.port);
    leave = () => socket.destroy();
    socket.write('POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\n0123456789');
    const { tags, fields } = await one(app);
    assert.deepEqual([tags.outcome, tags.status, fields.bytes_in], ['aborted', '0', 10]);
  });

  test('is recorded, once, although the connection was lost before the recorder saw it', async (t) => {
    const influx = await fakeInflux(t);
    const recorder = rawRequests({ url: influx.url, database: 'requests', flushIntervalMs: 10 });
    t.after(() => recorder.close());
    const { port } = await listen(t, (req, res) => {
      res.on('close', () => {
        recorder(req, res);
        recorder(req, res);
      });
    });
    const { socket } = await connect(t, port);
    socket.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n', () => socket.destroy());
    await influx.stored(1);
    await recorder.flush();
    assert.deepEqual(
      influx.points.map(({ tags }) => tags.outcome),
      ['aborted'],
    );
  });

  test('is unfinished when it is still open at close', async (t) => {
    const influx = await fakeInflux(t);
    const recorder = rawRequests({ url: influx.url, database: 'requests', flushIntervalMs: 10 });
    const { url, server } = await listen(t, (req, res) => {
      recorder(req, res);
      res.write('some');
    });
    const answer = await fetch(url);
    await recorder.close();
    assert.deepEqual(
      influx.points.map(({ tags }) => [tags.outcome, tags.status]),
      [['unfinished', '200']],
    );
    assert.deepEqual(recorder.stats(), { ...recorder.stats(), recorded: 1, acknowledged: 1, queued: 0 });
    server.closeAllConnections();
    await answer.text().catch(() => {});
  });
});

describe('pipelined requests', () => {
  const request = 'GET / HTTP/1.1\r\nhost: x\r\n\r\n';

  test('are one point each when all are answered', async (t) => {
    const app = await record(t, (_req, res) => void setImmediate(() => res.end('ok')));
    const { socket, received } = await connect(t, app.port);
    socket.write(request.repeat(10));
    await received(/(ok.*){10}/s);
    const points = await app.points(10);
    assert.ok(points.every(({ tags, fields }) => tags.outcome === 'finished' && fields.bytes_out === 2));
    assert.deepEqual(points.map(({ fields }) => fields.sequence).sort(), [1, 10, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  for (const [name, handler] of [
    ['pending', () => {}],
    ['pending with their bodies read', (req: http.IncomingMessage) => void req.resume()],
    [
      'answered behind one that is pending',
      (() => {
        let first = true;
        return (req: http.IncomingMessage, res: http.ServerResponse) => {
          req.resume();
          if (!first) res.end('done');
          first = false;
        };
      })(),
    ],
  ] as const) {
    test(`are ten aborted points when the client leaves with ten of them ${name}`, async (t) => {
      const seen: http.IncomingMessage[] = [];
      const app = await record(t, (req, res) => {
        seen.push(req);
        handler(req, res);
      });
      const { socket } = await connect(t, app.port);
      socket.write(request.repeat(10));
      while (seen.length < 10) await once(app.server, 'request');
      // The bodies that are read end, and with them the requests, before the connection is lost.
      for (const req of seen) if (req.readableFlowing && !req.closed) await once(req, 'close');
      socket.destroy();
      const points = await app.points(10);
      assert.equal(points.length, 10);
      for (const { tags, fields } of points) {
        assert.deepEqual([tags.outcome, tags.status, fields.bytes_out], ['aborted', '0', 0]);
      }
    });
  }

  test('tell a first byte only when it left, not when it was written behind another response', async (t) => {
    let slow: http.ServerResponse | undefined;
    let written = 0;
    const app = await record(t, (req, res) => {
      if (req.url === '/slow') slow = res;
      else res.end(req.url);
      if (req.url === '/fast') written = performance.now();
    });
    const { socket, received } = await connect(t, app.port);
    socket.write('GET /slow HTTP/1.1\r\nhost: x\r\n\r\nGET /fast HTTP/1.1\r\nhost: x\r\n\r\n');
    while (written === 0) await once(app.server, 'request');
    await (await fetch(`${app.url}/other`)).text();
    const waited = (performance.now() - written) / 1e3;
    slow!.end('/slow');
    await received(/\/fast/);
    const [, ...points] = await app.points(3);
    for (const { fields } of points) assert.ok(Number(fields.first_byte_time) >= waited);
  });
});

describe('what a client sends along', () => {
  test('gives trace_id from a valid traceparent only', async (t) => {
    const app = await record(t, (_req, res) => res.end());
    const id = '4bf92f3577b34da6a3ce929d0e0e4736';
    for (const traceparent of [
      `00-${id}-00f067aa0ba902b7-01`,
      `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`,
      'x'.repeat(55),
    ]) {
      await (await fetch(app.url, { headers: { traceparent } })).text();
    }
    const points = await app.points(3);
    assert.deepEqual(
      points.map(({ fields }) => fields.trace_id),
      [id, undefined, undefined],
    );
  });

  test('gives queue_time from a sane X-Request-Start only', async (t) => {
    const app = await record(t, (_req, res) => res.end());
    for (const start of [`t=${Date.now() - 250}`, `t=${Date.now() + 60_000}`, 't=1', 'junk']) {
      await (await fetch(app.url, { headers: { 'x-request-start': start } })).text();
    }
    const [first, ...others] = await app.points(4);
    assert.ok(Math.abs(Number(first!.fields.queue_time) - 0.25) < 0.2);
    for (const { fields } of others) assert.equal(fields.queue_time, undefined);
  });

  test('gives the path without the query, and only when it is switched on', async (t) => {
    const app = await record(t, (_req, res) => res.end(), { path: true });
    await (await fetch(`${app.url}/a%20b/"c"?token=secret`)).text();
    assert.equal((await one(app)).fields.path, '/a%20b/%22c%22');
  });

  test('is not recorded for paths that are ignored', async (t) => {
    const app = await record(t, (_req, res) => res.end(), { ignore: ['/healthz', '/assets/*'] });
    for (const path of ['/healthz', '/healthz?x', '/assets/a.css', '/healthz/deep']) {
      await (await fetch(app.url + path)).text();
    }
    await app.points(1);
    assert.equal(app.recorder.stats().recorded, 1);
  });

  test('is not recorded when a function of the user says so, but when that throws or promises', async (t) => {
    const app = await record(t, (_req, res) => res.end(), {
      logLevel: 'silent',
      ignore: ({ headers, url }) => {
        if (url === '/throws') throw new Error('on purpose');
        if (url === '/rejects') return Promise.reject(new Error('on purpose')) as never;
        return headers['user-agent'] === 'probe';
      },
      path: true,
    });
    for (const [path, agent] of [
      ['/', 'probe'],
      ['/kept', 'me'],
      ['/throws', 'probe'],
      ['/rejects', 'probe'],
    ] as const) {
      await (await fetch(app.url + path, { headers: { 'user-agent': agent } })).text();
    }
    assert.deepEqual(
      (await app.points(3)).map(({ fields }) => fields.path),
      ['/kept', '/throws', '/rejects'],
    );
  });
});

describe('the route option', () => {
  test('names routes', async (t) => {
    const app = await record(t, (_req, res) => res.end(), { route: (req) => req.url!.replace(/\d+/, ':id') });
    await (await fetch(`${app.url}/items/42`)).text();
    assert.equal((await one(app)).tags.route, '/items/:id');
  });

  test('that throws costs neither the request nor the record', async (t) => {
    const errors: unknown[] = [];
    const logger = { debug() {}, info() {}, warn() {}, error: (fields: unknown) => void errors.push(fields) };
    const app = await record(t, (_req, res) => res.end('fine'), {
      logger,
      route: () => {
        throw new Error('mine');
      },
    });
    assert.equal(await (await fetch(app.url)).text(), 'fine');
    assert.equal(await (await fetch(app.url)).text(), 'fine');
    const points = await app.points(2);
    assert.deepEqual(
      points.map(({ tags }) => tags.route),
      ['(unmatched)', '(unmatched)'],
    );
    assert.equal(errors.length, 1);
  });

  test('beyond maxRoutes gives (other)', async (t) => {
    const app = await record(t, (_req, res) => res.end(), { maxRoutes: 2, route: (req) => req.url });
    for (const path of ['/a', '/b', '/c', '/a', '/d']) await (await fetch(app.url + path)).text();
    const points = await app.points(5);
    assert.deepEqual(
      points.map(({ tags }) => tags.route),
      ['/a', '/b', '(other)', '/a', '(other)'],
    );
  });
});

describe('the requestTags option', () => {
  test('gives single requests tags, as text, and not those that the library writes', async (t) => {
    const app = await record(t, (_req, res) => res.end(), {
      tags: { env: 'test' },
      requestTags: (req, res) => ({
        plan: req.headers['x-plan'] as string,
        big: res.statusCode,
        status: 'mine',
        env: 'mine',
        'no name': 'x',
      }),
    });
    for (const headers of [{ 'x-plan': 'free' }, {}]) await (await fetch(app.url, { headers })).text();
    const points = await app.points(2);
    assert.deepEqual(
      points.map(({ tags }) => [tags.plan, tags.big, tags.status, tags.env]),
      [
        ['free', '200', '200', 'test'],
        [undefined, '200', '200', 'test'],
      ],
    );
  });

  test('that has no bounds is bounded', async (t) => {
    let n = 0;
    const app = await record(t, (_req, res) => res.end(), { requestTags: () => ({ id: n++ }) });
    await Promise.all(Array.from({ length: 150 }, async () => (await fetch(app.url)).text()));
    const values = (await app.points(150)).map(({ tags }) => tags.id);
    assert.equal(new Set(values).size, 101);
    assert.equal(values.filter((value) => value === '(other)').length, 50);
  });

  test('that is hostile costs nothing but a count and one line of the log', async (t) => {
    const boom = () => {
      throw new Error('mine');
    };
    const hostile: (() => unknown)[] = [
      boom,
      () => new Proxy({}, { ownKeys: boom }),
      () => Object.defineProperty({}, 'a', { get: boom, enumerable: true }),
      () => ({ a: { toString: null }, b: Symbol('x') }),
      () => 'text',
      () => null,
      () => {
        const { proxy, revoke } = Proxy.revocable({}, {});
        revoke();
        return proxy;
      },
      () => runInNewContext('Promise.reject(new Error("theirs"))'),
      () => Object.fromEntries(Array.from({ length: 100_000 }, (_, i) => [`key${i}`, i])),
    ];
    let turn = 0;
    const influx = await fakeInflux(t);
    const requestTags = () => hostile[turn++]!() as never;
    const lines: string[] = [];
    const log = (_fields: object, message: string) => void lines.push(message);
    const logger = { debug: log, info: log, warn: log, error: log };
    const recorder = rawRequests({ url: influx.url, database: 'requests', logger, requestTags });
    t.after(() => recorder.close());
    const { url } = await listen(t, (req, res) => {
      recorder(req, res);
      res.end('fine');
    });
    for (const _ of hostile) assert.equal(await (await fetch(url)).text(), 'fine');
    await recorder.flush();
    assert.equal(influx.points.length, hostile.length);
    assert.equal(recorder.stats().hookErrors, 6);
    assert.equal(lines.length, 1);
    assert.match(lines[0]!, /^`requestTags` .*mine/);
  });
});

describe('without a destination', () => {
  test('nothing is listened to and nothing is started', async (t) => {
    const recorder = rawRequests({ enabled: false });
    let listeners: number[] = [];
    const { url } = await listen(t, (req, res) => {
      const count = () =>
        [...req.eventNames(), ...res.eventNames()].map((n) => req.listenerCount(n) + res.listenerCount(n));
      const before = count();
      recorder(req, res, () => {});
      listeners = count();
      assert.deepEqual(listeners, before);
      res.end();
    });
    const exitListeners = process.listenerCount('exit');
    await (await fetch(url)).text();
    assert.equal(process.listenerCount('exit'), exitListeners);
    assert.ok(listeners.length > 0);
    await recorder.flush();
    await recorder.close();
    assert.equal(recorder.stats().recorded, 0);
  });
});
