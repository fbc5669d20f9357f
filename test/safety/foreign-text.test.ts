import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { copyOf, cut, textOf } from '../../src/safety/foreign-text.ts';
import { heldBy } from '../support/cost/held.ts';
import { anyText } from '../support/hostile/foreign.ts';

const MB = 2 ** 20;

const MANY = 50;

/** What is a view on megabytes, in each of the ways in which V8 makes one. */
const VIEWS: Readonly<Record<string, (parent: string) => string>> = {
  slice: (parent) => parent.slice(100, 140),
  'group of a regular expression': (parent) => /x{40}/.exec(parent)![0],
  'piece of split': (parent) => parent.split('|')[1]!,
  'replacement of nothing': (parent) => parent.slice(100, 140).replace('y', 'z'),
  'text that was put together': (parent) => `${parent.slice(100, 140)}/${parent.slice(200, 240)}`,
};

describe('a copy of foreign text', () => {
  for (const [name, view] of Object.entries(VIEWS)) {
    test(`holds nothing of the text that it was taken from: ${name}`, () => {
      const keep = (copy: (text: string) => string) =>
        heldBy(() =>
          Array.from({ length: MANY }, () => {
            const parent = Buffer.alloc(MB / 2, `${'x'.repeat(500)}|`).toString('latin1');
            return copy(view(parent));
          }),
        );
      assert.ok(keep((text) => text) > (MANY * MB) / 4, 'else this shows nothing');
      assert.ok(keep((text) => copyOf(text, 100)) < MB / 2);
    });
  }

  test('is the text, if that is short enough and well-formed', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        assert.equal(copyOf(text, 1000), text.toWellFormed());
      }),
    );
  });

  test('is bounded and well-formed, whatever the text is', () => {
    fc.assert(
      fc.property(anyText, fc.integer({ min: 1, max: 40 }), (text, most) => {
        const copy = copyOf(text, most);
        assert.ok(copy.length <= most);
        assert.ok(copy.isWellFormed());
        if (text.length > most) {
          assert.ok(copy.endsWith('…'));
          assert.ok(text.toWellFormed().startsWith(copy.slice(0, -1)));
        }
      }),
    );
  });

  test('is not cut within a character', () => {
    assert.equal(cut('a😀b', 3), 'a…');
    assert.equal(cut('a😀b', 4), 'a😀b');
  });
});

describe('the text of anything', () => {
  test('is never an exception, and bounded', () => {
    fc.assert(
      fc.property(fc.anything({ withNullPrototype: true, withBigInt: true, maxDepth: 4 }), (value) => {
        const text = textOf(value);
        assert.equal(typeof text, 'string');
        if (typeof value !== 'string') assert.ok(text.length <= 4096);
      }),
    );
  });

  test('of what JSON can make is readable', () => {
    assert.equal(textOf(JSON.parse('{"toString":1}')), '{"toString":1}');
    assert.equal(textOf(JSON.parse('["a",{"b":null}]')), '["a",{"b":null}]');
    assert.equal(textOf(4), '4');
    assert.equal(textOf(null), '');
    assert.equal(textOf(undefined), '');
  });

  test('of what cannot be written is that it is an object', () => {
    assert.equal(textOf(JSON.parse(`${'['.repeat(20_000)}${']'.repeat(20_000)}`)), 'an object');
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    assert.equal(textOf(proxy), 'an object');
  });
});
