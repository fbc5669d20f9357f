import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Batch } from '../../src/record/batch.ts';
import { SeriesTable } from '../../src/record/series-table.ts';
import { heldBy } from '../support/cost/held.ts';

const MB = 2 ** 20;

describe('the routes of a process', () => {
  test('hold no more than themselves of what they were taken from', () => {
    const table = new SeriesTable(1000);
    const batch = new Batch(10);
    const held = heldBy(() => {
      for (let i = 0; i < 100; i++) {
        const large = Buffer.alloc(MB / 2, `/${i}/abcdefghijklmnopqrstuvwxyz`).toString('latin1');
        table.intern(batch, 'GET', large.slice(0, 40), 200, 'finished');
        table.intern(batch, 'GET', large, 200, 'finished');
      }
      return table;
    });
    assert.ok(held < MB, `${held} bytes`);
    assert.equal(batch.series.length, 200);
  });

  test('that are cut or not well-formed are one each time', () => {
    const table = new SeriesTable(10);
    const batch = new Batch(10);
    for (const route of [`/${'x'.repeat(2000)}`, '/a\ud800']) {
      const index = table.intern(batch, 'GET', route, 200, 'finished');
      assert.equal(table.intern(batch, 'GET', route, 200, 'finished'), index);
      const [, kept] = batch.series[index]!;
      assert.ok(kept.length <= 512 && kept.isWellFormed());
    }
    assert.equal(batch.series.length, 2);
  });
});
