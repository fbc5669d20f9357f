import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { manyLines, oneLine, printable } from '../../src/safety/printable.ts';
import { registerSecret } from '../../src/safety/redact.ts';
import { anyText, UNPRINTABLE } from '../support/hostile/foreign.ts';

describe('a foreign text', () => {
  test('is shown without what a terminal obeys, what turns characters around, and what nobody sees', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        for (const shown of [printable(text, 80), oneLine(text, 80), manyLines(text, 80)]) {
          assert.ok(shown.length <= 80);
          assert.ok(shown.isWellFormed());
          for (const character of shown.replaceAll('\n', '')) {
            assert.ok(
              !UNPRINTABLE.includes(character),
              `${JSON.stringify(shown)} of ${JSON.stringify(text)}`,
            );
            assert.doesNotMatch(character, /\p{C}/u);
          }
        }
        assert.doesNotMatch(printable(text), /\n/);
        assert.doesNotMatch(oneLine(text), /\n/);
      }),
    );
  });

  test('is shown as it is when all of it is printable', () => {
    for (const text of ['InfluxDB 1.8.10', 'ночь "日本語" 😀 é', 'C:\\new\\table', '50 % {a} <b> …']) {
      assert.equal(printable(text), text);
      assert.equal(oneLine(text), text);
      assert.equal(manyLines(text), text);
    }
  });

  test('is shown with the escapes of JavaScript', () => {
    const text = ' \x1b[2Ja\u202eb\u200bc\td\r\ne\x9bf\ud800\u{e0041} ';
    const end = '\\x9bf\\ud800\\u{e0041}';
    assert.equal(printable(text), ` \\x1b[2Ja\\u202eb\\u200bc\\td\\r\\ne${end} `);
    assert.equal(oneLine(text), `\\x1b[2Ja\\u202eb\\u200bc d e${end}`);
    assert.equal(manyLines(text), ` \\x1b[2Ja\\u202eb\\u200bc\\td\\r\ne${end} `);
  });

  test('is shown with its secrets covered, also where it is cut or escaped', () => {
    registerSecret('correct\u200bhorse');
    assert.equal(printable('got correct\u200bhorse'), 'got ***');
    assert.equal(oneLine('got\ncorrect\u200bhorse'), 'got ***');
    assert.equal(printable('got correct\u200bhorse', 10), 'got ***');
    const long = `${'x'.repeat(2 ** 15 - 5)}correct\u200bhorse`;
    assert.equal(manyLines(long), `${'x'.repeat(2 ** 15 - 5)}***`);
    assert.ok(!manyLines(long, 2 ** 14).includes('corre'));
  });
});
