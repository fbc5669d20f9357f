import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { Comparison } from '../../src/compare/result.ts';
import { run } from '../support/run.ts';
import { compare, main } from './comparing.ts';

describe('a whole comparison', { timeout: 300_000 }, () => {
  test('compares, unless what differs is not what is compared', async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'raw-requests-kept-'));
    t.after(() => rmSync(folder, { recursive: true }));
    const given = { b: { WORKERS: '2', WAIT_MS: '60' }, load: { rate: 30 }, rounds: 6, metric: 'p50' };
    const { status, stderr, json } = await compare(t, given, '--keep', folder);
    assert.equal(status, 2, stderr);
    const first = json();
    assert.equal(first.verdict, 'not like for like');
    assert.equal(first.rounds.valid, 6);
    const { a, b } = first.fingerprint;
    assert.deepEqual([a!.recorded, a!.processes, b!.recorded, b!.processes], [true, 1, true, 2]);
    const bogus = first.warnings.find(({ code }) => code === 'processes')!;
    assert.match(bogus.text, /^A ran 1 process with \d+ slots?, B 2 processes with \d+ slots/);
    assert.ok(first.ratio!.estimate > 1);

    // The same rounds, once the difference is declared: nothing is run again.
    const others = first.warnings.filter(({ isBogus }) => isBogus).map(({ code }) => code);
    const args = ['compare', '--from', folder, '--differs', others.join(','), '--json'];
    const judged = await run([main, ...args], {});
    const again = JSON.parse(judged.stdout) as Comparison;
    assert.deepEqual(again.ratio, first.ratio);
    assert.ok(['difference', 'withheld'].includes(again.verdict), again.verdict);
    assert.equal(judged.status, 0);
    if (again.verdict === 'withheld') return; // the machine was too busy
    const failIf = await run([main, ...args, '--fail-if', 'p50 > 1.05'], {});
    assert.equal(failIf.status, 4);
    assert.match(failIf.stderr, /--fail-if 'p50 > 1.05' is met: /);
  });
});
