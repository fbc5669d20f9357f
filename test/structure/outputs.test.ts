import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const src = fileURLToPath(new URL('../../../src', import.meta.url));

/** Where text leaves the process for people. */
const OUTPUT = /process\.std(?:out|err)|\bconsole\.|writeSync\(\s*[12]\b|\bfd: ?[12]\b/g;

/** What may write, since it cleans what it writes. */
const CLEAN: Readonly<Record<string, string>> = {
  'cli/output.ts': 'the output of commands',
  'cli/top/terminal.ts': 'the screen of top',
  'capture/node/idle-notice.ts': 'a line of the log, without loading it',
  'log/plain-log.ts': 'the log, which has cleaned it, where pino cannot be loaded',
  'log/log.ts': 'the log, and what the live view says where there is none',
};

describe('the sources', () => {
  test('write to a terminal or a log in a few places, that clean and redact', () => {
    const found = readdirSync(src, { recursive: true, encoding: 'utf8' })
      .map((path) => path.replaceAll('\\', '/'))
      .filter((path) => path.endsWith('.ts') && !path.startsWith('view/page/'))
      .flatMap((path) => {
        // Comments may speak of it.
        const code = readFileSync(join(src, path), 'utf8').replace(/\/\*.*?\*\/|(?<!:)\/\/[^\n]*/gs, '');
        return Array.from(code.matchAll(OUTPUT), ([what]) => ({ path, what }));
      });
    assert.deepEqual(
      found.filter(({ path }) => !Object.hasOwn(CLEAN, path)),
      [],
    );
    for (const path of Object.keys(CLEAN))
      assert.ok(
        found.some((one) => one.path === path),
        `${path} writes nothing`,
      );
  });
});
