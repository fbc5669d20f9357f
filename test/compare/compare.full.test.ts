// `raw-requests compare`, on real servers under real load. Rounds are short, and whatever else the machine does is allowed:
// what is tested is what is found, not how precisely.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Comparison } from '../../src/compare/result.ts';
import { run } from '../support/run.ts';
import { listen } from '../support/server.ts';
import { until } from '../support/within.ts';

const main = fileURLToPath(new URL('../../../dist/cli/main.js', import.meta.url));
const app = `node ${fileURLToPath(new URL('./compared-server.js', import.meta.url))}`;
const FLUSH = { RAW_REQUESTS_FLUSH_INTERVAL_MS: '50' };

interface Given {
  readonly a?: Record<string, string>;
  readonly b?: Record<string, string>;
  readonly load?: object;
  /** In place of the sides made of `a` and `b`. */
  readonly sides?: object;
  readonly [key: string]: unknown;
}

/** A file with a plan of two servers that are told what to do by their environment. */
function planFile(t: TestContext, { a = {}, b = {}, load, sides, ...others }: Given): string {
  const folder = mkdtempSync(join(tmpdir(), 'raw-requests-compare-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'plan.json');
  const side = (env: Record<string, string>) => ({ command: app, env: { ...FLUSH, ...env } });
  const anyMachine = { others: 1, late: 1, generator: 1 };
  writeFileSync(
    file,
    JSON.stringify({
      a: side(a),
      b: side(b),
      ...sides,
      load: { rate: 30, duration: 0.5, connections: 8, ...load },
      warmUp: 0.1,
      rounds: 1,
      seed: 1,
      limits: anyMachine,
      ...others,
    }),
  );
  return file;
}

async function compare(t: TestContext, given: Given, ...args: string[]) {
  const { status, stdout, stderr } = await run([main, 'compare', planFile(t, given), '--json', ...args], {});
  const json = () => JSON.parse(stdout) as Comparison;
  return { status, stdout, stderr, json };
}

describe('raw-requests compare', { timeout: 300_000 }, () => {
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

  test('names an app that answers errors, and never calls it the winner', async (t) => {
    const { status, json } = await compare(t, { a: { WAIT_MS: '20' }, b: { STATUS: '500' }, rounds: 6 });
    assert.equal(status, 3);
    const { verdict, ratio, rounds } = json();
    assert.deepEqual([verdict, ratio, rounds.valid], ['not enough rounds', null, 0]);
    const reason = rounds.void.find(({ side }) => side === 'b')!;
    assert.equal(reason.code, 'errors');
    assert.match(reason.reason, /^100 % errors \(\d+ answers 500\), at most 1.0 % may be$/);
  });

  test('names an empty body, connections that are not kept, and where the time went', async (t) => {
    const { status, json } = await compare(t, { a: { WAIT_MS: '30' }, b: { BODY: '', CLOSE: 'yes' } });
    assert.equal(status, 3); // one pair is not enough
    const { warnings, rounds, fingerprint, sides } = json();
    assert.equal(rounds.valid, 1); // so each answer has its point
    const texts = Object.fromEntries(warnings.map(({ code, text }) => [code, text]));
    assert.equal(texts.sizes, 'GET /: A answers with 11 bytes, B with an empty body.');
    assert.match(texts['keep-alive']!, /B keeps no connection alive \(connection_requests: 1\.0 on one/);
    assert.ok(fingerprint.a!.requestsPerConnection > 1);
    // Where the time went.
    const { client, server, queue, routes } = sides.a!;
    assert.equal(routes[0]!.route, 'GET (unmatched)');
    assert.ok(server!.p50 >= 0.029 && client.p50 >= server!.p50 && queue!.p50 >= 0);
  });

  test('judges a server that writes nothing by what the client saw, and says so', async (t) => {
    const { url } = await listen(t, (_req, res) => res.end('hello world'));
    const { json } = await compare(t, { sides: { b: { url } } });
    const { warnings, sides, fingerprint } = json();
    assert.deepEqual([fingerprint.a!.recorded, fingerprint.b!.recorded], [true, false]);
    assert.ok(warnings.some(({ code, isBogus }) => code === 'recording' && !isBogus));
    assert.equal(sides.b!.server, null);
    assert.ok(sides.b!.client.p50 > 0);
  });

  test('says in its own words why a side does not run, with what it printed', async (t) => {
    const ends = await run([main, 'compare', 'node -e "console.log(42); process.exit(3)"', app], {});
    assert.equal(ends.status, 1);
    assert.match(
      ends.stderr,
      /ended with exit code 3 before it answered\.\nThe last lines of its output:\n {2}42\n/,
    );
    const dies = await compare(t, { b: { DIE_AFTER: '20' } });
    assert.equal(dies.status, 1);
    assert.match(
      dies.stderr,
      /^B \(node .*compared-server\.js\) ended while it was under load\.\n.*\n {2}out of luck/,
    );
    const rate = await compare(t, { b: { WORK_MS: '40' }, load: { rate: 60 } });
    assert.equal(rate.status, 1);
    assert.match(rate.stderr, /^B does not hold 60 requests\/s: .* Try a rate of \d+\.\n$/);
  });

  test('is ended by Ctrl-C, with all that it started, and keeps what it has', async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'raw-requests-kept-'));
    t.after(() => rmSync(folder, { recursive: true }));
    const marker = `marked-${process.pid}`;
    const side = { command: `${app} ${marker}`, env: FLUSH };
    const file = planFile(t, { rounds: 50, sides: { a: side, b: side } });
    const child = spawn(process.execPath, [main, 'compare', file, '--keep', folder], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const kept = () => {
      try {
        return JSON.parse(readFileSync(join(folder, 'comparison.json'), 'utf8')).rounds.length as number;
      } catch {
        return 0;
      }
    };
    await until(() => kept() > 0, 'a round that was kept');
    child.kill('SIGINT');
    const [status] = await once(child, 'close');
    assert.equal(status, 130);
    assert.ok(kept() >= 1);
    const left = await run(['-f', marker], {}, 'pgrep');
    assert.equal(left.stdout, '', 'a process is left');
  });
});
