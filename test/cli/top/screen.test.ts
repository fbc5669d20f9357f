import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { unmark } from '../../../src/cli/paint.ts';
import { LiveRequests } from '../../../src/cli/top/live-requests.ts';
import { linesOf, ORDERS, type Screen } from '../../../src/cli/top/screen.ts';
import { widthOf, wrap } from '../../../src/cli/top/width.ts';
import { readFeed } from '../../../src/view/page/data/feed-client.ts';
import { startViewer } from '../../../src/view/server/viewer.ts';
import { anyText } from '../../support/hostile/foreign.ts';
import { until } from '../../support/within.ts';

const SCREEN: Screen = {
  columns: 80,
  rows: 24,
  address: 'http://127.0.0.1:8187',
  order: 'time',
  filter: '',
  offset: 0,
  isPaused: false,
  footer: 'q quit',
  isUnicode: true,
};

const plain = (lines: readonly string[]) => lines.map((line) => unmark(line, false, (text) => text));

describe('the screen of raw-requests top', () => {
  test('has the figures of the requests that the view holds, and what stands out', async (t) => {
    const viewer = await startViewer({ port: 0 });
    t.after(() => viewer.close());
    const now = BigInt(Date.now()) * 1_000_000n;
    const line = (route: string, status: number, seconds: number, i: number) =>
      `raw-requests,method=GET,route=${route},status=${status},outcome=finished,process=web:1 application_time=${seconds},sequence=${i}i ${now - BigInt(i) * 1_000_000n}`;
    const lines = [
      ...Array.from({ length: 100 }, (_, i) => line('/fast', 200, 0.01, i)),
      ...Array.from({ length: 10 }, (_, i) => line('/slow', 200, 1, 100 + i)),
      line('/broken', 500, 0.02, 200),
    ];
    await fetch(`${viewer.url}/write?db=requests`, { method: 'POST', body: lines.join('\n') });
    const requests = new LiveRequests(30_000);
    readFeed(requests, { base: `${viewer.url}/`, signal: t.signal });
    await until(() => requests.isComplete, 'all requests have come');

    const byTime = plain(linesOf(requests.snapshot(30_000, ''), SCREEN));
    assert.equal(byTime.length, 24);
    assert.match(byTime[0]!, /^Requests of http:\/\/127\.0\.0\.1:8187 .* live$/);
    assert.match(byTime[1]!, /^111 requests in 30 s {2}3\.7\/s {2}1 error \(0\.9 %\) {2}0 aborted/);
    assert.match(
      byTime[2]!,
      /^110 answered: p50 10\.0 ms {2}p95 1\.00 s {2}p99 1\.00 s {2}max 1\.00 s; apart: 1 failed/,
    );
    assert.ok(byTime.some((text) => /^web:1 +3\.7\/s +0\.37 in flight/.test(text)));
    const routesIn = (text: readonly string[]) => text.flatMap((row) => /^GET (\/\w+)/.exec(row)?.[1] ?? []);
    assert.deepEqual(routesIn(byTime), ['/slow', '/fast', '/broken']);
    const byErrors = plain(linesOf(requests.snapshot(30_000, ''), { ...SCREEN, order: 'errors' }));
    assert.deepEqual(routesIn(byErrors), ['/broken', '/fast', '/slow']);
    const found = plain(linesOf(requests.snapshot(30_000, 'slow'), { ...SCREEN, filter: 'slow' }));
    assert.match(found[1]!, /^10 requests with "slow" in 30 s/);
    const without = plain(linesOf(requests.snapshot(30_000, '-slow'), SCREEN));
    assert.deepEqual(routesIn(without), ['/fast', '/broken']);
  });

  test('fits any terminal, whatever the names', () => {
    fc.assert(
      fc.property(
        fc.array(anyText, { maxLength: 5 }),
        fc.integer({ min: 40, max: 200 }),
        fc.integer({ min: 10, max: 60 }),
        fc.constantFrom(...ORDERS),
        (texts, columns, rows, order) => {
          const requests = new LiveRequests(30_000);
          const wallMs = Date.now();
          requests.running([
            {
              tags: { process: texts[0] ?? 'web:1' },
              atMs: wallMs,
              receivedMs: wallMs,
              total: texts.length,
              requests: texts.map((path, slot) => ({
                method: 'GET',
                path,
                slot,
                startMs: wallMs - 20_000,
                answering: false,
              })),
            },
          ]);
          const snapshot = requests.snapshot(30_000, '');
          const lines = plain(linesOf(snapshot, { ...SCREEN, columns, rows, order }));
          assert.ok(lines.length <= rows);
          for (const line of lines)
            assert.ok(widthOf(line) <= columns, `${widthOf(line)} > ${columns}: ${line}`);
        },
      ),
      { numRuns: 50 },
    );
  });

  test('is ASCII where it has to be', () => {
    const requests = new LiveRequests(30_000);
    const atMs = Date.now();
    const open = {
      method: 'GET',
      path: `/${'long/'.repeat(30)}`,
      slot: 1,
      startMs: atMs - 20_000,
      answering: false,
    };
    requests.running([{ tags: { process: 'web:1' }, atMs, receivedMs: atMs, total: 1, requests: [open] }]);
    const lines = plain(linesOf(requests.snapshot(30_000, ''), { ...SCREEN, isUnicode: false }));
    assert.ok(lines.some((line) => line.includes('long') && line.includes('~')));
    for (const line of lines) assert.match(line, /^[ -~]*$/);
  });

  test('breaks sentences between words', () => {
    assert.deepEqual(wrap('one two three four', 9, 3), ['one two', 'three', 'four']);
    assert.deepEqual(wrap('one two three four', 9, 2), ['one two', 'three fo…']);
    assert.equal(widthOf('日本'), 4);
  });
});
