// `raw-requests compare`, a round or two at a time: `rounds.slow.test.ts` has a whole one.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { run } from '../support/run.ts';
import { listen } from '../support/server.ts';
import { until } from '../support/within.ts';
import { app, compare, FLUSH, main, planFile } from './comparing.ts';

describe('raw-requests compare', { timeout: 300_000 }, () => {
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

  test('names a cache that answers for a server', async (t) => {
    const b = { command: `RAW_REQUESTS=off ${app}`, env: { ...FLUSH, FRONT: 'cache' } };
    const { warnings, fingerprint } = (await compare(t, { sides: { b } })).json();
    assert.deepEqual([fingerprint.b!.recorded, fingerprint.b!.isSilent], [false, true]);
    const found = warnings.find(({ code }) => code === 'cache')!;
    assert.match(found.text, /^B answered nothing itself: it recorded requests, but none of the load\./);
    assert.ok(found.isBogus && !warnings.some(({ code }) => code === 'recording'));
  });

  test('knows what a daemon uses, which is no descendant of its command, and ends it', async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'raw-requests-kept-'));
    t.after(() => rmSync(folder, { recursive: true }));
    const b = { WORK_MS: '8', FRONT: 'daemon' };
    const { stderr, json } = await compare(t, { b, a: { WORK_MS: '8' } }, '--keep', folder);
    const { sides } = json();
    assert.ok(sides.b!.cpu! > 0.004, `${sides.b!.cpu} s of CPU; ${stderr}`);
    const points = gunzipSync(readFileSync(join(folder, 'pair-01-b.lp.gz'))).toString();
    const pid = Number(/process=[^,]*:(\d+)/.exec(points)![1]);
    await until(() => !existsSync(`/proc/${pid}`), 'the daemon has ended');
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
