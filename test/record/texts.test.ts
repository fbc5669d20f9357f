import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { Batch } from '../../src/record/batch.ts';
import { Texts, textAt } from '../../src/record/texts.ts';
import { cut } from '../../src/safety/foreign-text.ts';
import { anyText } from '../support/hostile/foreign.ts';

const read = (texts: Texts, place: number) => textAt(Buffer.from(texts.buffer), place);

describe('the texts of a batch', () => {
  test('are read as they were written, well-formed and cut', () => {
    const longer = fc.tuple(anyText, fc.nat(3000)).map(([text, times]) => text.repeat(times).slice(0, 4000));
    fc.assert(
      fc.property(fc.array(fc.oneof(anyText, longer), { minLength: 1, maxLength: 100 }), (all) => {
        const texts = new Texts();
        for (let life = 0; life < 2; life++) {
          texts.clear();
          const places = all.map((text) => texts.push(text));
          assert.ok(!places.includes(0));
          for (const [i, place] of places.entries()) {
            assert.equal(read(texts, place), cut(all[i]!, 2048).toWellFormed());
          }
        }
      }),
      { numRuns: 50 },
    );
  });

  test('hold what is counted, and make a batch full before it grows without bound', () => {
    const batch = new Batch(20_000);
    const empty = batch.bytes;
    const path = `/${'x'.repeat(1023)}`;
    while (!batch.isFull) {
      batch.texts.push(path);
      batch.rows++;
    }
    assert.ok(batch.rows > 900 && batch.rows < 1100, String(batch.rows));
    assert.ok(batch.bytes - empty >= batch.rows * path.length);
    assert.ok(batch.bytes - empty <= 2 * batch.rows * path.length);
  });
});
