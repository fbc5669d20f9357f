import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Slots } from '../../src/capture/node/slots.ts';

test('slots count from 1, the smallest free one first', () => {
  const slots = new Slots();
  assert.deepEqual([slots.acquire(), slots.acquire(), slots.acquire()], [1, 2, 3]);
  slots.release(2);
  slots.release(1);
  assert.deepEqual([slots.acquire(), slots.acquire(), slots.acquire()], [1, 2, 4]);
});

test('there are as many slots as are needed', () => {
  const slots = new Slots();
  for (let slot = 1; slot <= 5000; slot++) assert.equal(slots.acquire(), slot);
  slots.release(4097);
  assert.equal(slots.acquire(), 4097);
});

test('whatever comes and goes, a slot is the smallest that nobody holds', () => {
  fc.assert(
    fc.property(fc.array(fc.option(fc.nat(200)), { maxLength: 500 }), (moves) => {
      const slots = new Slots();
      const held = new Set<number>();
      for (const move of moves) {
        if (move === null || held.size === 0) {
          let smallest = 1;
          while (held.has(smallest)) smallest++;
          assert.equal(slots.acquire(), smallest);
          held.add(smallest);
        } else {
          const slot = [...held][move % held.size]!;
          slots.release(slot);
          held.delete(slot);
        }
      }
    }),
  );
});
