// Bodies that are expensive to parse must not block other requests.
import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import net from 'node:net';
import { describe, type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { startViewer, type ViewerStats } from '../../src/view/server/viewer.ts';
import { CHUNK_ROWS } from '../../src/view/shared/columns.ts';
import type { Hold } from '../support/cost/hold.ts';
import { readFeed } from '../support/view/feed.ts';
import { LARGE_BODIES } from '../support/view/large-bodies.ts';

/** ms, of CPU: how busy the machine is does not count. */
const MAX_HOLD_MS = 50;

/** A view in a process of its own. */
async function heldViewer(t: TestContext) {
  const child = fork(fileURLToPath(new URL('../fixtures/held-viewer.js', import.meta.url)));
  t.after(async () => {
    const ended = once(child, 'exit');
    child.disconnect();
    await ended;
  });
  const [{ url }] = (await once(child, 'message')) as [{ url: string }];
  return {
    url,
    /** Begins to watch its event loop, or ends that. */
    async watch() {
      child.send('');
      return ((await once(child, 'message')) as [{ hold?: Hold; stats: ViewerStats }])[0];
    },
  };
}

function write(url: string, body: string | Uint8Array, headers: Record<string, string> = {}) {
  return fetch(`${url}/write?db=requests`, { method: 'POST', body, headers });
}

const lines = (count: number, fields: (i: number) => string) =>
  Array.from({ length: count }, (_, i) => `raw-requests,method=GET ${fields(i)} ${i}\n`).join('');

describe('a large body', () => {
  for (const [name, answer, stats] of [
    ['an ordinary body of 20 000 lines', 204, { received: 20_000 }],
    ['an ordinary body of 32 MiB', 204, { refused: 0 }],
    ['a line with a million tags', 400, { refused: 1 }],
    ['a line with a million fields', 400, { refused: 1 }],
    ['131 072 series of other measurements', 204, { otherPoints: 131_072 }],
    ['131 072 ledgers', 204, { refused: 0 }],
    ['200 000 tag sets', 204, { received: 200_000 }],
    ['32 MiB of empty lines', 204, { received: 0 }],
  ] as const) {
    test(`does not hold the event loop: ${name}`, { timeout: 60_000 }, async (t) => {
      const viewer = await heldViewer(t);
      for (let i = 0; i < 5; i++)
        await write(
          viewer.url,
          lines(200, () => 'application_time=1'),
        );
      const before = await viewer.watch();
      const response = await write(viewer.url, LARGE_BODIES[name]!());
      const { hold, stats: after } = await viewer.watch();
      assert.equal(response.status, answer, await response.text());
      for (const [counter, count] of Object.entries(stats)) {
        const key = counter as keyof ViewerStats;
        assert.equal(after[key] - before.stats[key], count, counter);
      }
      const { cpu, wall } = hold!;
      assert.ok((Number.isNaN(cpu) ? wall : cpu) < MAX_HOLD_MS, `${cpu} ms of CPU, ${wall} ms`);
    });
  }

  test('keeps no other body waiting, plain or compressed', { timeout: 60_000 }, async (t) => {
    const { url } = await heldViewer(t);
    const large = LARGE_BODIES['200 000 tag sets']!();
    for (const zipped of [false, true]) {
      const pack = (text: string) => (zipped ? gzipSync(text, { level: 1 }) : text);
      const headers: Record<string, string> = zipped ? { 'content-encoding': 'gzip' } : {};
      let done = false;
      const first = write(url, pack(large), headers).then(({ status }) => {
        done = true;
        return status;
      });
      let between = 0;
      while (!done) {
        assert.equal((await write(url, pack(lines(10, () => 'application_time=1')), headers)).status, 204);
        if (!done) between++;
      }
      assert.equal(await first, 204);
      assert.ok(between >= 10, `${between} were answered meanwhile`);
    }
  });

  test('is read before what the same connection sends after it, whole', async (t) => {
    const viewer = await startViewer({ port: 0 });
    t.after(() => viewer.close());
    const socket = net.connect(Number(new URL(viewer.url).port), '127.0.0.1');
    t.after(() => socket.destroy());
    const other = lines(2000, () => 'application_time=3');
    const post = (body: string | Uint8Array, headers = '') => {
      const bytes = Buffer.from(body);
      socket.write(
        `POST /write HTTP/1.1\r\nhost: localhost\r\n${headers}content-length: ${bytes.length}\r\n\r\n`,
      );
      socket.write(bytes);
    };
    // All at once, without waiting for answers; the first has to be decompressed.
    post(
      gzipSync(lines(60_000, (i) => `application_time=1,sequence=${i + 1}i`)),
      'content-encoding: gzip\r\n',
    );
    post(lines(20_000, (i) => `application_time=2,sequence=${60_001 + i}i`));
    post('bad\n');
    const others = Array.from({ length: 5 }, () => write(viewer.url, other));
    let answers = '';
    socket.on('data', (data) => {
      answers += data;
    });
    for (const response of await Promise.all(others)) assert.equal(response.status, 204);
    while (!answers.includes('HTTP/1.1 400')) await once(socket, 'data');
    assert.deepEqual(answers.match(/HTTP\/1\.1 \d+/g), ['HTTP/1.1 204', 'HTTP/1.1 204', 'HTTP/1.1 400']);
    const feed = await readFeed(t, viewer.url);
    await feed.until(() => feed.nextRow === 90_000);
    const sequences: number[] = [];
    for (const row of feed.rows) {
      const chunk = feed.chunks.get(Math.floor(row / CHUNK_ROWS))!;
      const sequence = chunk.sequence.get(row % CHUNK_ROWS);
      if (sequence > 0) sequences.push(sequence);
    }
    assert.deepEqual(
      sequences,
      Array.from({ length: 80_000 }, (_, i) => i + 1),
    );
  });

  test('is given up when the view is closed', { timeout: 20_000 }, async () => {
    const viewer = await startViewer({ port: 0 });
    const answered = write(viewer.url, '\n'.repeat(2 ** 20) + LARGE_BODIES['200 000 tag sets']!()).then(
      ({ status }) => status,
      () => 'none',
    );
    while (viewer.stats().received === 0) await new Promise(setImmediate);
    await viewer.close();
    const { received } = viewer.stats();
    assert.ok(received < 200_000, `${received}`);
    assert.ok([503, 'none'].includes(await answered));
    assert.equal(viewer.stats().received, received);
  });

  test('takes its memory from that for all bodies, and gives it back', { timeout: 60_000 }, async (t) => {
    const viewer = await startViewer({ port: 0 });
    t.after(() => viewer.close());
    const body = Buffer.alloc(30e6, '\n');
    const post = (bytes: Buffer) => {
      const socket = net.connect(Number(new URL(viewer.url).port), '127.0.0.1');
      t.after(() => socket.destroy());
      const head = `POST /write HTTP/1.1\r\nhost: localhost\r\ncontent-length: ${body.length}\r\n\r\n`;
      socket.on('error', () => {}); // the server closes the connection of the refused one after 2 s
      socket.write(head);
      socket.write(bytes);
      const answer = once(socket, 'data').then(([data]) => Number(/^HTTP\/1.1 (\d+)/.exec(`${data}`)![1]));
      return { socket, answer };
    };
    for (let round = 0; round < 2; round++) {
      // All but the last byte: three are in memory and wait, a fourth is too many.
      const posts = Array.from({ length: 4 }, () => post(body.subarray(1)));
      const first = await Promise.race(posts.map(async ({ answer }, i) => ({ i, status: await answer })));
      assert.equal(first.status, 503);
      posts.splice(first.i, 1);
      for (const { socket } of posts) socket.write('\n');
      assert.deepEqual(await Promise.all(posts.map(({ answer }) => answer)), [204, 204, 204]);
    }
    const zipped = gzipSync(
      lines(100_000, () => 'application_time=1'),
      { level: 1 },
    );
    for (let i = 0; i < 30; i++) {
      const { status } = await write(viewer.url, zipped, { 'content-encoding': 'gzip' });
      assert.equal(status, 204);
    }
  });
});
