import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NO_FILTER } from '../../../src/view/page/data/filter.ts';
import { openNow, openSlots } from '../../../src/view/page/running/running.ts';
import type { Running } from '../../../src/view/shared/feed.ts';

const entry = (path: string, slot: number, startMs: number, answering = false) => ({
  ...{ method: 'GET', path, slot, startMs, answering },
});
const list = (process: string, requests: Running['requests'], more: Partial<Running> = {}): Running => ({
  ...{ tags: { process }, atMs: 10_000, receivedMs: 70_000, total: requests.length, requests },
  ...more,
});

test('the ages of open requests grow by the clock of the server, whatever the clock of the process', () => {
  const [one] = openNow([list('a:1', [entry('/x', 1, 4000)])], 71_000, NO_FILTER);
  assert.deepEqual([one!.ageMs, one!.silentMs], [7000, 0]);
});

test('open requests without an answer come first, the oldest of all processes before the others', () => {
  const running = [
    list('a:1', [entry('/events', 1, 0, true), entry('/b', 2, 5000)]),
    list('b:2', [entry('/a', 4, 1000)], { tags: { process: 'b:2', thread: '3' } }),
  ];
  const open = openNow(running, 70_000, NO_FILTER);
  assert.deepEqual(
    open.map(({ name }) => name),
    ['/a', '/b', '/events'],
  );
  assert.deepEqual(
    [...openSlots(open)],
    [
      ['b:2 thread 3', 4],
      ['a:1', 2],
    ],
  );
  const filtered = openNow(running, 70_000, { ...NO_FILTER, values: { process: 'a:1' } });
  assert.deepEqual(
    filtered.map(({ name }) => name),
    ['/b', '/events'],
  );
});

test('a process that sends no list any more is said to be silent', () => {
  const [one] = openNow([list('a:1', [entry('/x', 1, 4000)])], 75_000, NO_FILTER);
  assert.deepEqual([one!.ageMs, one!.silentMs], [11_000, 5000]);
});
