import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { Output } from '../../src/cli/output.ts';
import { paint } from '../../src/cli/paint.ts';
import { registerSecret } from '../../src/safety/redact.ts';
import { anyText, UNPRINTABLE } from '../support/hostile/foreign.ts';

const SECRET = 'swordfish-7';

/** What `write` writes, to a terminal unless said otherwise. */
function written(write: (out: Output) => void, { isTTY = true, env = {} } = {}): string {
  const stream = Object.assign(new PassThrough(), { isTTY });
  write(new Output(stream, env));
  return String(stream.read() ?? '');
}

describe('what commands write', () => {
  test('moves no cursor and hides nothing, whatever text is in it', () => {
    const marks = /[\ufdd0-\ufdd7]/g; // those of `paint`, which foreign text that is cleaned where it enters does not have
    fc.assert(
      fc.property(anyText, (text) => {
        const foreign = text.replace(marks, '');
        const shown = written((out) => out.say(`a ${foreign} b`));
        for (const character of shown.replaceAll('\n', '')) {
          assert.ok(!UNPRINTABLE.includes(character), JSON.stringify(shown));
        }
      }),
    );
  });

  test('has the colours of `paint` on a terminal, and none of others', () => {
    const say = (out: Output) => out.say(`${paint.bad('no\x1b[32m')} ${paint.bold('yes')}`);
    assert.equal(written(say), '\x1b[31mno\\x1b[32m\x1b[39m \x1b[1myes\x1b[22m\n');
    for (const plain of [{ env: { NO_COLOR: '1' } }, { env: { TERM: 'dumb' } }, { isTTY: false }]) {
      assert.equal(written(say, plain), 'no\\x1b[32m yes\n');
    }
  });

  test('shows a secret only where its reader is to see it', () => {
    registerSecret(SECRET);
    assert.equal(
      written((out) => out.say(`got ${SECRET}`)),
      'got ***\n',
    );
    assert.equal(written((out) => out.unexpected(new Error(SECRET))).split('\n')[0], 'Error: ***');
    assert.equal(
      written((out) => out.reveal(`open ${paint.dim(SECRET)}\x1b`), { isTTY: false }),
      `open ${SECRET}\\x1b\n`,
    );
    assert.deepEqual(JSON.parse(written((out) => out.json({ a: [SECRET] }))), { a: ['***'] });
  });

  test('as JSON is the value that was given, and printable', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const shown = written((out) => out.json({ text }));
        assert.doesNotMatch(shown.replaceAll('\n', ''), /[\p{C}\p{Zl}\p{Zp}]/u);
        if (!text.includes('swordfish')) assert.equal(JSON.parse(shown).text, text);
      }),
    );
  });

  test('is drawn over on a terminal', () => {
    assert.equal(
      written((out) => out.redraw('50 %\r')),
      '\r\x1b[K50 %\\r',
    );
  });
});
