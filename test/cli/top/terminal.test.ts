import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { describe, test } from 'node:test';
import { Controls } from '../../../src/cli/top/controls.ts';
import { type Key, Terminal } from '../../../src/cli/top/terminal.ts';

function terminal(t: { after(end: () => void): void }) {
  const modes: boolean[] = [];
  const input = Object.assign(new PassThrough(), {
    isTTY: true,
    setRawMode: (mode: boolean) => void modes.push(mode),
  });
  const output = Object.assign(new PassThrough(), { isTTY: true, columns: 80, rows: 24 });
  const keys: Key[] = [];
  let resized = 0;
  const opened = new Terminal(
    (key) => void keys.push(key),
    () => void resized++,
    { input: input as never, output: output as never, env: { NO_COLOR: '1' } },
  );
  t.after(() => opened.close());
  return {
    opened,
    input,
    output,
    keys,
    modes,
    resizes: () => resized,
    written: () => String(output.read() ?? ''),
  };
}

describe('the terminal of raw-requests top', () => {
  test('gets only the lines that differ, and what was on it comes back', (t) => {
    const { opened, modes, written } = terminal(t);
    assert.equal(written(), '\x1b[?1049h\x1b[?25l');
    opened.draw(['one', 'two']);
    assert.equal(written(), '\x1b[1;1Hone\x1b[K\x1b[2;1Htwo\x1b[K');
    opened.draw(['one', 'three \x1b[2J']);
    assert.equal(written(), '\x1b[2;1Hthree \\x1b[2J\x1b[K');
    opened.draw(['one']);
    assert.equal(written(), '\x1b[2;1H\x1b[K');
    opened.close();
    assert.equal(written(), '\x1b[?25h\x1b[?1049l');
    assert.deepEqual(modes, [true, false]);
    opened.draw(['late']);
    assert.equal(written(), '');
  });

  test('is drawn anew when its size changes', (t) => {
    const { opened, output, resizes, written } = terminal(t);
    opened.draw(['one']);
    written();
    output.emit('resize');
    assert.equal(resizes(), 1);
    opened.draw(['one']);
    assert.equal(written(), '\x1b[2J\x1b[1;1Hone\x1b[K');
  });

  test('is waited for when it is slow: the newest lines are written then', (t) => {
    const { opened, output, written } = terminal(t);
    written();
    const long = 'x'.repeat(output.writableHighWaterMark + output.readableHighWaterMark);
    opened.draw([long]);
    opened.draw(['skipped']);
    assert.ok(!written().includes('skipped'));
    opened.draw(['shown']);
    assert.match(written(), /shown/);
  });

  test('tells which keys are pressed, and they choose what is shown', (t) => {
    const { input, keys } = terminal(t);
    let quits = 0;
    const controls = new Controls([30, 300], () => void quits++);
    const press = (text: string) => {
      keys.length = 0;
      input.write(text);
      for (const key of keys) controls.press(key);
      return controls.shown(3);
    };
    assert.equal(press('s').order, 'count');
    press('w');
    assert.equal(controls.windowMs, 300);
    assert.equal(press(' ').isPaused, true);
    assert.equal(press('\x1b[B\x1b[B\x1b[B\x1b[B').offset, 2);
    assert.match(press('/shq').footer, /: shq_/);
    press('\x7fop\r');
    assert.equal(controls.filter, 'shop');
    assert.equal(quits, 0);
    press('q');
    press('\x03');
    assert.equal(quits, 2);
  });
});
