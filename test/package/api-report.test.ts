import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../../', import.meta.url));

describe('the API report', () => {
  test('shows the public types as they are', () => {
    const actual = execFileSync(process.execPath, ['scripts/api-report.js'], { cwd: root, encoding: 'utf8' });
    const committed = readFileSync(`${root}test/package/api-report.md`, 'utf8');
    assert.equal(
      actual,
      committed,
      'The public types changed. If that is meant, run `npm run api` and commit test/package/api-report.md.',
    );
  });
});
