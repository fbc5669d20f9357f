import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { NO_STATS } from '../../src/record/ledger.ts';
import { trendOf } from './memory.ts';
import { type Account, wrong } from './verdict.ts';

// That an hour of soak would tell what it is there to tell.

const HOUR_S = 3600;

/** An application that has had 100 requests, 98 of which were delivered. */
function account(change: Partial<Account> = {}): Account {
  const stats = { ...NO_STATS, recorded: 100, acknowledged: 98, dropped: 1, unknown: 1 };
  return {
    loaded: { answered: 97, failed: 0, left: 5 },
    word: { records: true, stats, served: 100, open: 0, handles: 4, broken: undefined },
    points: { count: 98, distinct: 98, first: 1, last: 100 },
    descriptors: { before: 27, after: 27 },
    handles: { before: 4, after: 3 },
    ...change,
  };
}

describe('the soak', () => {
  test('finds nothing wrong with what adds up, and with unknown requests that are stored or not', () => {
    assert.deepEqual(wrong(account()), []);
    assert.deepEqual(wrong(account({ points: { count: 99, distinct: 99, first: 1, last: 100 } })), []);
  });

  test('finds points that are missing, there twice or of no request, requests without an answer, and leaks', () => {
    const { word } = account();
    for (const [change, sentence] of [
      [{ points: { count: 97, distinct: 97, first: 1, last: 100 } }, /^97 points, but acknowledged 98/],
      [{ points: { count: 98, distinct: 97, first: 1, last: 100 } }, /^1 points are there twice/],
      [{ points: { count: 98, distinct: 98, first: 1, last: 101 } }, /that no request has/],
      [{ loaded: { answered: 97, failed: 1, left: 5 } }, /^1 requests were not answered/],
      [{ loaded: { answered: 90, failed: 0, left: 5 } }, /^served 100/],
      [{ word: { ...word, served: 101 } }, /^recorded 100 of 101/],
      [{ word: { ...word, broken: '{}' } }, /^the ledger did not add up/],
      [{ word: { ...word, stats: { ...word.stats, queued: 1 } } }, /^1 still queued/],
      [{ descriptors: { before: 27, after: 28 } }, /^descriptors leak: 27 before, 28 after/],
    ] as const) {
      const found = wrong(account(change));
      assert.equal(found.length, 1, found.join('; '));
      assert.match(found[0]!, sentence);
    }
  });

  test('tells memory that grows from memory that is flat, when it is warm', () => {
    const noise = (second: number) => 5 * Math.sin(second);
    const grows = (second: number) => 100 + (10 * second) / HOUR_S + noise(second);
    const warms = (second: number) => 100 - 40 * Math.exp(-second / 60) + noise(second);
    const perSecond = (mib: (second: number) => number) => Array.from({ length: HOUR_S }, (_, at) => mib(at));
    const growing = trendOf(perSecond(grows)).slope!;
    assert.ok(
      Math.abs(growing.perHour - 10) < 3 * growing.error && growing.error < 1,
      JSON.stringify(growing),
    );
    const flat = trendOf(perSecond(warms));
    assert.ok(Math.abs(flat.slope!.perHour) < 3 * flat.slope!.error, JSON.stringify(flat));
    assert.deepEqual([flat.start, Math.round(flat.end)], [60, 100]);
    assert.equal(trendOf([60, 61]).slope, undefined);
  });
});
