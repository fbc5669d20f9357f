import assert from 'node:assert/strict';
import { chmodSync, chownSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { ConfigError, resolveOptions } from '../../src/options/options.ts';
import { run } from '../support/run.ts';
import { temporaryFolder } from '../support/spooling.ts';

const isRoot = process.geteuid?.() === 0;
const hook = new URL('../../src/register.js', import.meta.url).href;

function folder(t: TestContext, mode = 0o700): string {
  const dir = join(temporaryFolder(t), 'spool');
  mkdirSync(dir);
  chmodSync(dir, mode); // mkdir() takes the umask off
  return dir;
}

/** What is wrong with a spool folder, as the start says it. */
function problem(spoolDir: string): string {
  try {
    resolveOptions({ spoolDir }, {});
    return '';
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    return error.message.replaceAll(spoolDir, '<dir>');
  }
}

describe('a spool folder', () => {
  test('that other users can write to is a wrong setting, unless it has the sticky bit', (t) => {
    const dir = folder(t);
    for (const mode of [0o770, 0o722, 0o777, 0o2775]) {
      chmodSync(dir, mode);
      const shown = mode.toString(8).padStart(4, '0');
      assert.equal(
        problem(dir),
        `Expected \`spoolDir\` to be writable by its user alone, or to have the sticky bit (mode ${shown}; chmod go-w makes it safe), got \`"<dir>"\``,
      );
    }
    for (const mode of [0o700, 0o755, 0o1777, 0o1770]) {
      chmodSync(dir, mode);
      assert.equal(problem(dir), '', mode.toString(8));
    }
  });

  test('that is a link, or no folder, is a wrong setting', (t) => {
    const dir = folder(t);
    const link = join(dir, '..', 'link');
    symlinkSync(dir, link);
    const expected = `Expected \`spoolDir\` to be a folder, not a link: it leads to ${dir} (mode 0777), got \`"<dir>"\``;
    assert.equal(problem(link), expected);
    assert.match(problem(`${link}/`), /not a link/);
    const file = join(dir, 'file');
    writeFileSync(file, '', { mode: 0o600 });
    assert.match(problem(file), /^Expected `spoolDir` to be a folder, not something else \(mode 0600\), got/);
  });

  test('of another user is a wrong setting', { skip: !isRoot && 'needs root' }, (t) => {
    const dir = folder(t);
    chownSync(dir, 12345, 12345);
    assert.match(
      problem(dir),
      /^Expected `spoolDir` to belong to the user of this process, uid 0, not to uid 12345 \(mode 0700\);/,
    );
  });

  test('that does not exist yet, or cannot be made, is none', (t) => {
    assert.equal(problem(join(folder(t), 'later')), '');
    assert.equal(problem('/dev/null/spool'), '');
    assert.equal(problem('/proc/spool'), '');
  });

  test('that is not safe keeps an application from starting, and nothing is written to it', async (t) => {
    const dir = folder(t, 0o777);
    const { status, stderr } = await run(['--import', hook, '-e', 'console.error("started")'], {
      INFLUX_URL: 'http://127.0.0.1:9',
      INFLUX_DATABASE: 'requests',
      RAW_REQUESTS_SPOOL_DIR: dir,
    });
    assert.equal(status, 1);
    assert.match(stderr, /ConfigError: Expected RAW_REQUESTS_SPOOL_DIR to be writable .*\(mode 0777;/);
    assert.doesNotMatch(stderr, /^started/m);
    assert.deepEqual(readdirSync(dir), []);
  });
});
