import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { answers, headers, optionValues, tagValues } from '../support/hostile/inputs.ts';

/** `npm run test:faults -- --row 42` puts 100 000 of each in. */
const COUNT = 1000;
const MAX_HELD_BYTES = 4 * 2 ** 20;

describe('hostile inputs throw nothing, make no wrong line and hold no memory', () => {
  for (const kind of [tagValues, headers, optionValues, answers]) {
    test(`as ${kind.name}`, () => {
      const held = kind(COUNT);
      assert.ok(held < MAX_HELD_BYTES, `${held} bytes are held`);
    });
  }
});
