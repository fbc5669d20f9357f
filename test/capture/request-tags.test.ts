import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { RequestTags } from '../../src/capture/hooks/request-tags.ts';
import { heldBy } from '../support/cost/held.ts';
import { anyText } from '../support/hostile/foreign.ts';

const MB = 2 ** 20;

const intern = (given: unknown, taken = {}) => new RequestTags(taken).intern(given).tags;

describe('tags of single requests', () => {
  test('may have any name that is a tag, also those that each object inherits', () => {
    const given = JSON.parse('{"constructor":"a","toString":"b","__proto__":"c","hasOwnProperty":"d"}');
    assert.deepEqual(Object.entries(intern(given)).sort(), [
      ['__proto__', 'c'],
      ['constructor', 'a'],
      ['hasOwnProperty', 'd'],
      ['toString', 'b'],
    ]);
  });

  test('are not those of every point, nor what the library writes', () => {
    assert.deepEqual(intern({ env: 'a', route: 'b', plan: 'c', 'no name': 'd', '': 'e' }, { env: 'x' }), {
      plan: 'c',
    });
  });

  test('that differ are never one set, whatever their values hold', () => {
    const value = fc.oneof(
      anyText,
      fc.constantFrom('a', 'a\nb=c', '1:a', 'a1=1:b', '=', '\n', '', 'a1', ':', 'b=1:a'),
    );
    const tags = fc.dictionary(fc.constantFrom('a', 'a1', 'b', 'region'), value, { minKeys: 1 });
    const comparable = (given: Readonly<Record<string, string>>) =>
      JSON.stringify(
        Object.entries(given)
          .map(([name, text]) => [name, text.toWellFormed()])
          .sort(),
      );
    fc.assert(
      fc.property(tags, tags, (one, other) => {
        const sets = new RequestTags({});
        const areSame = comparable(one) === comparable(other);
        assert.equal(sets.intern(one) === sets.intern(other), areSame);
        assert.equal(comparable(sets.intern(one).tags), comparable(one));
      }),
    );
  });

  test('of one request are few, and the rest of very many costs next to nothing', () => {
    const many = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, i) => [`key${String(i).padStart(6, '0')}`, i]));
    assert.deepEqual(
      Object.keys(intern(many(40))),
      [0, 1, 2, 3, 4].map((i) => `key00000${i}`),
    );
    const given = many(100_000);
    const reads = { count: 0 };
    const counted = new Proxy(given, {
      ownKeys: (target) => {
        reads.count++;
        return Reflect.ownKeys(target);
      },
    });
    const sets = new RequestTags({});
    assert.throws(() => sets.intern(counted), /returned 100000 tags, where at most 32 are read/);
    for (let i = 0; i < 50_000; i++) assert.deepEqual(sets.intern(counted).tags, {});
    assert.equal(reads.count, 1);
    for (let i = 0; i < 50_000; i++) sets.intern(given);
    assert.deepEqual(sets.intern({ plan: 'free' }).tags, { plan: 'free' });
  });

  test('keep no more than themselves of what they were taken from', () => {
    const sets = new RequestTags({});
    const held = heldBy(() => {
      for (let i = 0; i < 100; i++) {
        const large = Buffer.alloc(MB / 2, `${i}-abcdefghijklmnopqrstuvwxyz-`).toString('latin1');
        sets.intern({ [`tag_${i % 4}`]: large.slice(0, 40) });
      }
      return sets;
    });
    assert.ok(held < MB, `${held} bytes`);
  });

  test('are bounded text, whatever is given', () => {
    fc.assert(
      fc.property(fc.anything({ withNullPrototype: true, withBigInt: true }), (given) => {
        const tags = Object.entries(intern(given));
        assert.ok(tags.length <= 5);
        for (const [, value] of tags) assert.ok(value.length <= 128 && value.isWellFormed());
      }),
    );
    assert.deepEqual(intern({ a: 'x'.repeat(200), b: 5, c: true, d: 5n, e: undefined, f: null, g: {} }), {
      a: `${'x'.repeat(127)}…`,
      b: '5',
      c: 'true',
      d: '5',
    });
  });
});
