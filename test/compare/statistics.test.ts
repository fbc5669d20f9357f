import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { detectableRatio, excludesOne, medianInterval } from '../../src/compare/statistics/interval.ts';
import { mean, median, quantile } from '../../src/compare/statistics/quantile.ts';
import { randomFrom } from '../../src/compare/statistics/random.ts';

describe('the interval for a median', () => {
  test('has the values and the exact coverage of the sign test', () => {
    const upTo = (n: number) => Array.from({ length: n }, (_, i) => i + 1);
    // Tables of the sign test: k is the largest for which 1 - 2 P(B < k) is at least 0.95.
    for (const [n, low, coverage] of [
      [6, 1, 1 - 2 / 64],
      [8, 1, 1 - 2 / 256],
      [9, 2, 1 - 2 * (10 / 512)],
      [10, 2, 1 - 2 * (11 / 1024)],
      [12, 3, 1 - 2 * (79 / 4096)],
      [20, 6, 1 - 2 * (21_700 / 2 ** 20)],
    ] as const) {
      const interval = medianInterval(upTo(n));
      assert.deepEqual([interval.low, interval.high], [low, n + 1 - low], `${n} values`);
      assert.ok(Math.abs(interval.coverage - coverage) < 1e-12, `${n} values: ${interval.coverage}`);
      assert.equal(interval.estimate, (n + 1) / 2);
    }
  });

  test('holds the true median about as often as it says', () => {
    const random = randomFrom(3);
    const runs = 4000;
    let holds = 0;
    for (let run = 0; run < runs; run++) {
      // Ratios that are far from normal: their median is 1.
      const { low, high } = medianInterval(Array.from({ length: 10 }, () => (1 / random.next() - 1) ** 3));
      if (low <= 1 && high >= 1) holds++;
    }
    assert.ok(Math.abs(holds / runs - 0.9785) < 0.01, `${holds / runs}`);
  });

  test('needs six values', () => {
    assert.throws(() => medianInterval([1, 1, 1, 1, 1]), /expected at least 6 values, got 5/);
  });

  test('says which ratio would have been shown', () => {
    const interval = medianInterval([0.97, 0.98, 0.99, 1.01, 1.02, 1.04]);
    assert.equal(excludesOne(interval), false);
    const detectable = detectableRatio(interval);
    // Ratios of which all are larger by just more than that are shown to be larger.
    const larger = medianInterval(
      [0.97, 0.98, 0.99, 1.01, 1.02, 1.04].map((ratio) => ratio * detectable * 1.001),
    );
    assert.equal(excludesOne(larger), true);
  });
});

test('a quantile is a value that so many do not exceed', () => {
  const sorted = Array.from({ length: 100 }, (_, i) => i + 1);
  assert.deepEqual(
    [0, 0.5, 0.99, 0.999, 1].map((q) => quantile(sorted, q)),
    [1, 50, 99, 100, 100],
  );
  assert.equal(quantile([], 0.5), Number.NaN);
  assert.deepEqual([median([3, 1, 2]), median([4, 1, 2, 3]), median([])], [2, 2.5, Number.NaN]);
  assert.equal(mean([1, 2, 6]), 3);
});

test('a seed gives one order, and each order keeps all', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2 ** 32 - 1 }), fc.array(fc.integer()), (seed, items) => {
      const shuffled = randomFrom(seed).shuffled(items);
      assert.deepEqual(shuffled, randomFrom(seed).shuffled(items));
      assert.deepEqual([...shuffled].sort(), [...items].sort());
    }),
  );
  const orders = Array.from({ length: 200 }, (_, seed) =>
    randomFrom(seed).shuffled(['a', 'b', 'c']).join(''),
  );
  assert.equal(new Set(orders).size, 6);
});
