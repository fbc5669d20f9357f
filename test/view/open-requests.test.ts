// Requests that are still open, from the server to the feed of the page.
import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { describe, type TestContext, test } from 'node:test';
import { type Options, rawRequests } from '../../src/index.ts';
import { MAX_OPEN } from '../../src/record/open-requests.ts';
import type { Running } from '../../src/view/shared/feed.ts';
import { RunningRequests } from '../../src/view/store/points/open-requests.ts';
import { fakeInflux } from '../support/fake-influx.ts';
import { listen } from '../support/server.ts';
import { readFeed } from '../support/view/feed.ts';
import { post, viewer } from '../support/view/viewer.ts';
import { until } from '../support/within.ts';

/** As restify names the route of a request. */
const RESTIFY_ROUTE = { path: '/orders/:id', chain: { run: () => {} } };

/** A recorded server that answers nothing before `answer` is called, but the path /quick at once. */
async function stuckServer(t: TestContext, options: Options) {
  const waiting: ServerResponse[] = [];
  const recorder = rawRequests({
    database: 'requests',
    flushIntervalMs: 10,
    exitTimeoutMs: 500,
    logLevel: 'silent',
    ...options,
  });
  const { url } = await listen(t, (req, res) => {
    recorder(req, res);
    if (req.url === '/quick') return res.end();
    if (req.url?.startsWith('/orders')) Object.assign(req, { route: RESTIFY_ROUTE });
    waiting.push(res);
  });
  t.after(() => recorder.close());
  return {
    recorder,
    url,
    waiting,
    answer: () => {
      for (const res of waiting.splice(0)) res.end();
    },
  };
}

const requestsOf = (lists: readonly Running[] | undefined) =>
  (lists ?? []).flatMap(({ requests }) =>
    requests.map(({ method, route, path, slot }) => [method, route ?? path, slot]),
  );

describe('a request that is still open', () => {
  test('is in the view before it ends, and never in the database', async (t) => {
    const influx = await fakeInflux(t);
    const view = await viewer(t);
    const viewPort = Number(new URL(view.url).port);
    const server = await stuckServer(t, { enabled: 'view', url: influx.url, viewPort, path: true });
    const feed = await readFeed(t, view.url);
    const answers = ['/orders/7', '/unknown?secret=1'].map((path) => fetch(server.url + path));
    await until(() => server.waiting.length === 2, 'both requests are open');
    await feed.until(() => requestsOf(feed.running).length === 2);
    assert.deepEqual(requestsOf(feed.running).toSorted(), [
      ['GET', '/orders/:id', feed.running![0]!.requests.find(({ route }) => route)!.slot],
      ['GET', '/unknown', feed.running![0]!.requests.find(({ path }) => path)!.slot],
    ]);
    assert.equal(server.recorder.stats().recorded, 0);

    server.answer();
    await Promise.all(answers);
    await feed.until(() => requestsOf(feed.running).length === 0);
    await server.recorder.flush();
    await until(() => view.stats().received === 2, 'the view has both as requests');
    const { recorded, acknowledged, dropped, rejected } = server.recorder.stats();
    assert.deepEqual(
      { recorded, acknowledged, dropped, rejected },
      { recorded: 2, acknowledged: 2, dropped: 0, rejected: 0 },
    );
    assert.equal(influx.points.length, 2);
    assert.ok(influx.writes.every(({ path }) => path.startsWith('/write?')));
  });

  test('is in a view that is written to as an InfluxDB, but not in the InfluxDB that this forwards to', async (t) => {
    const influx = await fakeInflux(t);
    const view = await viewer(t, { forward: influx.url });
    const server = await stuckServer(t, { url: view.url });
    const feed = await readFeed(t, view.url);
    await fetch(`${server.url}/quick`);
    const answer = Promise.all(['/orders/7', '/secret/1'].map((path) => fetch(server.url + path)));
    await feed.until(() => requestsOf(feed.running).length === 2);
    const names = feed.running!.flatMap(({ requests }) => requests.map(({ route, path }) => [route, path]));
    assert.deepEqual(names.toSorted(), [
      [undefined, undefined], // the option `path` is off
      ['/orders/:id', undefined],
    ]);
    server.answer();
    await answer;
    await until(() => influx.writes.length > 0, 'lines are forwarded');
    assert.ok(influx.writes.every(({ path }) => path.startsWith('/write?')));
  });
});

describe('the lists of open requests in a view', () => {
  const list = (process: string, paths: readonly string[], more = {}) =>
    JSON.stringify({
      tags: { process },
      atMs: 5000,
      total: paths.length,
      requests: paths.map((path, i) => ({
        method: 'GET',
        path,
        slot: i + 1,
        startMs: 1000,
        answering: false,
      })),
      ...more,
    });

  test('replace the earlier list of the same process only', () => {
    const running = new RunningRequests(() => 0);
    running.add(list('a:1', ['/x', '/y']), 1);
    running.add(list('b:2', ['/z']), 2);
    running.add(list('a:1', ['/y']), 3);
    assert.deepEqual(
      requestsOf(running.list()).map(([, name]) => name),
      ['/y', '/z'],
    );
    running.add(list('a:1', []), 4);
    assert.deepEqual(
      requestsOf(running.list()).map(([, name]) => name),
      ['/z'],
    );
  });

  test('are forgotten a minute after their process was last heard of', () => {
    let now = 0;
    const running = new RunningRequests(() => now);
    running.add(list('a:1', ['/x']), 1);
    now = 59_000;
    assert.equal(running.list().length, 1);
    now = 61_000;
    assert.equal(running.list().length, 0);
  });

  test('are bounded, and anything else is refused', async (t) => {
    const running = new RunningRequests(() => 0);
    running.add(
      list(
        'a:1',
        Array.from({ length: MAX_OPEN + 5 }, (_, i) => `/${'x'.repeat(900)}${i}`),
      ),
      1,
    );
    const [kept] = running.list();
    assert.deepEqual([kept!.total, kept!.requests.length], [MAX_OPEN + 5, MAX_OPEN]);
    assert.ok(kept!.requests.every(({ path }) => path!.length <= 256));
    assert.equal(running.add(list('a:1', [], { requests: [null, 7, { slot: 'x' }] }), 1), true);
    for (const body of ['', 'null', '[]', '{}', '{"tags":null,"atMs":1,"total":1,"requests":[]}']) {
      assert.equal(running.add(body, 1), false, body);
    }
    const { url } = await viewer(t, { token: 'a-token-of-16-characters' });
    assert.equal((await post(`${url}/open-requests`, list('a:1', ['/x']))).status, 401);
  });
});
