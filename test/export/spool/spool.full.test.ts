import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import type { Lines } from '../../../src/export/lines/lines.ts';
import { STALE_AFTER_MS } from '../../../src/export/spool/foreign-folders.ts';
import { folderName, isRunning, parseFolderName, thisThread } from '../../../src/export/spool/owner.ts';
import type { SpoolFile } from '../../../src/export/spool/spool-index.ts';
import {
  assertNothingReported,
  batchOf,
  bytesBelow,
  deadThread,
  drain,
  filesBelow,
  KEY,
  linesIn,
  open,
  temporaryFolder,
} from '../../support/spooling.ts';
import { until } from '../../support/within.ts';

const fixture = fileURLToPath(new URL('../../fixtures/spooling.js', import.meta.url));
const isRoot = process.geteuid?.() === 0;

/** A file system of 64 KiB, where one may be mounted. */
function tmpfs(t: TestContext): string | undefined {
  const dir = mkdtempSync(join(tmpdir(), 'raw-requests-spool-'));
  t.after(() => {
    spawnSync('umount', ['-l', dir]);
    rmSync(dir, { recursive: true, force: true });
  });
  return spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'none', dir]).status === 0 ? dir : undefined;
}

/** A folder with what a dead process has put. */
function orphan(dir: string, batches: number, number = 0): string {
  const { spool } = open(dir, { owner: deadThread(number) });
  for (let n = 0; n < batches; n++)
    assert.ok(spool.put(batchOf(`p${number}`, n * 2, 2), { sync: false }).kept);
  return join(dir, readdirSync(dir).find((name) => parseFolderName(name)?.pid === 4_194_305 + number)!);
}

describe('a spool', () => {
  test('gives back what was put, oldest first, and leaves nothing behind', (t) => {
    const dir = join(temporaryFolder(t), 'made', 'on', 'demand');
    const watched = open(dir);
    const { spool } = watched;
    spool.adopt();
    assert.ok(!existsSync(dir));
    for (let n = 0; n < 30; n += 3) assert.ok(spool.put(batchOf('a', n, 3)).kept);
    const { files, lines, bytes } = spool.counts;
    assert.deepEqual([files, lines, bytes], [10, 30, bytesBelow(dir)]);
    assert.deepEqual(
      drain(spool),
      Array.from({ length: 30 }, (_, n) => `m,process=a n=${n}i ${n}`),
    );
    assert.deepEqual(spool.counts, { files: 0, bytes: 0, lines: 0, adoptedLines: 0 });
    assert.deepEqual(readdirSync(dir), []);
    assertNothingReported(watched);
  });

  test('is made of files that any tool reads, in folders that only their user reads', (t) => {
    const dir = join(temporaryFolder(t), 'spool');
    const { spool } = open(dir);
    spool.put(batchOf('a', 0, 3));
    const [folder = ''] = readdirSync(dir);
    const [file = ''] = readdirSync(join(dir, folder));
    assert.match(folder, /^[\w.-]+_\d+_\d+_\d+_[0-9a-f]{12}_a1b2c3d4e5f6_[0-9a-f]{12}$/);
    assert.equal(parseFolderName(folder)?.pid, process.pid);
    assert.match(file, /^\d{8}T\d{9}Z-000000001-3\.lp\.gz$/);
    const { stdout } = spawnSync('gunzip', ['-c', join(dir, folder, file)], { encoding: 'utf8' });
    assert.equal(stdout, 'm,process=a n=0i 0\nm,process=a n=1i 1\nm,process=a n=2i 2\n');
    const modes = [dir, join(dir, folder), join(dir, folder, file)].map(
      (path) => statSync(path).mode & 0o777,
    );
    assert.deepEqual(modes, [0o700, 0o700, 0o600]);
  });

  test('keeps what is released, with what is known of it, and hands out nothing twice', (t) => {
    const { spool } = open(temporaryFolder(t));
    for (let n = 0; n < 3; n++) spool.put(batchOf('a', n, 1));
    const [first, second] = [spool.next()!, spool.next()!];
    assert.deepEqual(
      [first, second].flatMap(({ lines }) => linesIn(lines.body)),
      ['m,process=a n=0i 0', 'm,process=a n=1i 1'],
    );
    first.file.maybeStored = true;
    spool.release(first.file);
    const { file } = spool.next()!;
    assert.deepEqual([file, file.maybeStored, file.own], [first.file, true, true]);
    spool.done(file);
    spool.done(file);
    spool.done(second.file);
    assert.deepEqual(drain(spool), ['m,process=a n=2i 2']);
  });

  test('writes shared memory, and without syncing when it is in a hurry', (t) => {
    const { spool } = open(temporaryFolder(t));
    const { body } = batchOf('a', 0, 2);
    const shared = new Uint8Array(new SharedArrayBuffer(body.byteLength));
    shared.set(body);
    assert.ok(spool.put({ count: 2, body: shared }, { sync: false }).kept);
    assert.equal(drain(spool).length, 2);
  });
});

describe('the bound of a spool', () => {
  const random = (n: number) => ({
    count: 1,
    body: gzipSync(
      `m n=${n}i,x="${Buffer.from(crypto.getRandomValues(new Uint8Array(700))).toString('hex')}" ${n}\n`,
    ),
  });

  test('is kept by discarding the oldest that is not in flight', (t) => {
    const dir = temporaryFolder(t);
    const { spool, lost } = open(dir, { maxBytes: 10_000 });
    assert.ok(spool.put(random(0)).kept);
    const { file } = spool.next()!;
    for (let n = 1; n < 50; n++) {
      assert.ok(spool.put(random(n), { maybeStored: n % 2 === 1 }).kept);
      assert.ok(bytesBelow(dir) <= 10_000);
    }
    spool.release(file);
    const left = drain(spool).map((line) => Number(/ (\d+)$/.exec(line)![1]));
    assert.equal(left.length + lost.length, 50);
    assert.deepEqual(left, [
      0,
      ...Array.from({ length: left.length - 1 }, (_, i) => 50 - left.length + 1 + i),
    ]);
    assert.deepEqual(
      lost.map(({ maybeStored }) => maybeStored),
      lost.map((_, i) => (i + 1) % 2 === 1),
    );
    const { name: _, ...loss } = lost[0]!;
    assert.deepEqual(loss, { count: 1, own: true, maybeStored: true, reason: 'the spool is full' });
  });

  test('holds for all who share the folder, and nobody discards what is not his', (t) => {
    const dir = temporaryFolder(t);
    const [a, b] = [open(dir, { maxBytes: 10_000 }), open(dir, { maxBytes: 10_000, key: 'ffffffffffff' })];
    for (let n = 0; n < 9; n++) a.spool.put(random(n));
    const before = a.spool.counts;
    for (let n = 0; n < 20; n++) {
      b.spool.put(random(n));
      assert.ok(bytesBelow(dir) <= 10_000);
    }
    assert.deepEqual(a.spool.counts, before);
    assert.deepEqual(a.lost, []);
    const refused = open(dir, { maxBytes: 10_000 }).spool.put({
      ...random(0),
      body: gzipSync(crypto.getRandomValues(new Uint8Array(9000))),
    });
    assert.deepEqual(refused, { kept: false, full: true, reason: `the spool ${dir} is full` });
  });

  test('refuses what is too large for it, and discards nothing for that', (t) => {
    const { spool, lost } = open(temporaryFolder(t), { maxBytes: 5000 });
    spool.put(random(0));
    const large = { count: 1, body: gzipSync(crypto.getRandomValues(new Uint8Array(6000))) };
    assert.deepEqual({ ...spool.put(large), reason: '' }, { kept: false, full: true, reason: '' });
    assert.ok(!spool.put({ count: 0, body: gzipSync('') }).kept);
    assert.deepEqual([lost, spool.counts.files], [[], 1]);
  });
});

describe('a damaged file', () => {
  /** Does something to the second of three files of a dead process, and takes all. */
  function recover(dir: string, damage: (file: string) => void) {
    const folder = orphan(dir, 3);
    damage(join(folder, readdirSync(folder)[1]!));
    const watched = open(dir);
    watched.spool.adopt();
    const lines = drain(watched.spool);
    watched.spool.close();
    return { ...watched, lines };
  }
  const all = [0, 1, 2, 3, 4, 5].map((n) => `m,process=p0 n=${n}i ${n}`);
  const others = [...all.slice(0, 2), ...all.slice(4)];

  test('that was cut off anywhere is set aside, and the others are delivered', (t) => {
    const dir = temporaryFolder(t);
    const { length } = batchOf('p0', 2, 2).body;
    for (let size = 0; size < length; size++) {
      const { lines, damaged, lost } = recover(dir, (file) =>
        writeFileSync(file, readFileSync(file).subarray(0, size)),
      );
      assert.deepEqual(lines, others, `${size} bytes`);
      assert.ok(existsSync(damaged[0]!.file));
      assert.deepEqual([damaged.length, lost.length, lost[0]!.count, lost[0]!.own], [1, 1, 2, false]);
    }
  });

  test('in which any bit is wrong never becomes other lines', (t) => {
    const dir = temporaryFolder(t);
    const { length } = batchOf('p0', 2, 2).body;
    let harmless = 0;
    for (let at = 0; at < length; at++) {
      for (const bit of [1, 16, 128]) {
        const { lines, damaged } = recover(dir, (file) => {
          const bytes = readFileSync(file);
          bytes[at]! ^= bit;
          writeFileSync(file, bytes);
        });
        // The time, the level and the system in gzip's header mean nothing.
        if (damaged.length === 0) harmless++;
        assert.deepEqual(lines, damaged.length === 0 ? all : others, `bit ${bit} of byte ${at}`);
      }
    }
    assert.ok(harmless <= 7 * 3, `${harmless}`);
  });

  test('of zeros, of other lines, or with more after it, is set aside', (t) => {
    const dir = temporaryFolder(t);
    for (const damage of [
      (file: string) => writeFileSync(file, Buffer.alloc(statSync(file).size)),
      (file: string) => writeFileSync(file, Buffer.alloc(100_000)),
      (file: string) => writeFileSync(file, batchOf('p0', 2, 1).body),
      (file: string) => writeFileSync(file, gzipSync('m n=1i 1\nm n=2i 2')),
      (file: string) => appendFileSync(file, batchOf('p0', 9, 1).body),
    ]) {
      const { lines, damaged } = recover(dir, damage);
      assert.deepEqual([lines, damaged.length], [others, 1]);
    }
    const { lines } = recover(dir, (file) => rmSync(file));
    assert.deepEqual(lines, others);
  });

  test('that is none - a link, a pipe, a folder, something foreign - is not followed, opened or sent', (t) => {
    const dir = temporaryFolder(t);
    const outside = temporaryFolder(t);
    writeFileSync(join(outside, 'secret'), batchOf('p0', 2, 2).body);
    for (const make of [
      (file: string) => symlinkSync(join(outside, 'secret'), file),
      (file: string) => symlinkSync(outside, file),
      (file: string) => void spawnSync('mkfifo', [file]),
      (file: string) => mkdirSync(join(file, 'deep'), { recursive: true }),
      (file: string) => writeFileSync(join(file, '..', 'notes.txt'), 'mine'),
    ]) {
      const { lines, damaged, lost } = recover(dir, (file) => {
        rmSync(file);
        make(file);
      });
      assert.deepEqual([lines, damaged.length, lost], [others, 1, []]);
    }
    assert.deepEqual(readdirSync(outside), ['secret']);
    assert.deepEqual(readdirSync(dir), ['damaged']);
  });

  test('that is exchanged for a link after it was put is not followed', (t) => {
    const dir = temporaryFolder(t);
    const { spool, damaged, lost } = open(dir);
    spool.put(batchOf('a', 0, 2));
    spool.put(batchOf('a', 2, 2));
    const [file = ''] = filesBelow(dir);
    renameSync(join(dir, file), join(dir, 'elsewhere'));
    symlinkSync(join(dir, 'elsewhere'), join(dir, file));
    assert.equal(drain(spool).length, 2);
    assert.equal(damaged.length, 1);
    assert.deepEqual([lost[0]!.count, lost[0]!.own], [2, true]);
  });

  test('is kept for a look, up to a bound', (t) => {
    const dir = temporaryFolder(t);
    const folder = orphan(dir, 1);
    for (let n = 0; n < 300; n++) writeFileSync(join(folder, `foreign-${n}`), 'x'.repeat(1000));
    const { spool, damaged } = open(dir, { maxBytes: 500_000 });
    spool.adopt();
    assert.equal(damaged.length, 300);
    const kept = readdirSync(join(dir, 'damaged'));
    assert.equal(kept.length, 50);
    assert.equal(drain(spool).length, 2);
  });
});

describe('a folder that cannot be used', () => {
  const batch = batchOf('a', 0, 2);

  test('is a reason, not an error, and is used as soon as it can be', (t) => {
    const dir = join(temporaryFolder(t), 'spool');
    let nowMs = 0;
    const { spool } = open(dir, { elapsedMs: () => nowMs });
    writeFileSync(dir, '', { mode: 0o644 });
    const refused = {
      kept: false,
      full: false,
      reason: `cannot spool to ${dir}: expected it to be a folder, not something else (mode 0644)`,
    };
    assert.deepEqual(spool.put(batch), refused);
    spool.adopt();
    rmSync(dir);
    assert.deepEqual(spool.put(batch), refused, 'it is left alone for a while');
    nowMs += 5000;
    assert.ok(spool.put(batch).kept);
    assert.equal(drain(spool).length, 2);
  });

  test('because others could exchange files in it is refused', (t) => {
    const dir = temporaryFolder(t);
    orphan(dir, 1);
    for (const mode of [0o777, 0o770]) {
      chmodSync(dir, mode);
      const { spool } = open(dir);
      assert.match(JSON.stringify(spool.put(batch)), /to be writable by its user alone/);
      spool.adopt();
      assert.equal(spool.next(), undefined);
    }
    chmodSync(dir, 0o1777);
    assert.ok(open(dir).spool.put(batch).kept);
  });

  test('because it belongs to another user is refused', { skip: !isRoot && 'needs root' }, (t) => {
    const dir = temporaryFolder(t);
    chownSync(dir, 12345, 12345);
    assert.match(JSON.stringify(open(dir).spool.put(batch)), /not to uid 12345 \(mode 0700\)/);
    chownSync(dir, 0, 0);
    const folder = orphan(dir, 1);
    chownSync(folder, 12345, 12345);
    const { spool } = open(dir);
    spool.adopt();
    assert.equal(spool.next(), undefined);
  });

  test('because it is a link is refused', (t) => {
    const [dir, outside] = [join(temporaryFolder(t), 'link'), temporaryFolder(t)];
    orphan(outside, 1);
    symlinkSync(outside, dir);
    const { spool } = open(dir);
    assert.match(JSON.stringify(spool.put(batch)), /not a link: it leads to /);
    spool.adopt();
    assert.equal(spool.next(), undefined);
  });

  test('because a part of it is a link is not followed', (t) => {
    const [dir, outside] = [temporaryFolder(t), temporaryFolder(t)];
    const folder = orphan(outside, 1);
    symlinkSync(folder, join(dir, folderName(deadThread(), KEY, false)));
    symlinkSync(outside, join(dir, 'damaged'));
    const { spool, damaged } = open(dir);
    spool.adopt();
    assert.equal(spool.next(), undefined);
    spool.put(batch);
    const own = readdirSync(dir).find((name) => parseFolderName(name)?.pid === process.pid)!;
    writeFileSync(join(dir, own, readdirSync(join(dir, own))[0]!), 'x');
    assert.equal(spool.next(), undefined);
    assert.equal(damaged.length, 1);
    assert.equal(filesBelow(outside).length, 1);
  });

  test('because it was removed is made again; what was in it is reported', (t) => {
    const dir = join(temporaryFolder(t), 'spool');
    const { spool, lost } = open(dir);
    for (let n = 0; n < 4; n++) spool.put(batchOf('a', n, 1), { maybeStored: n === 3 });
    const inFlight = spool.next()!;
    rmSync(dir, { recursive: true });
    assert.ok(spool.put(batchOf('a', 4, 1)).kept);
    assert.deepEqual(
      lost.map(({ count, own, maybeStored }) => [count, own, maybeStored]),
      [1, 2, 3].map(() => [1, true, true]),
    );
    spool.done(inFlight.file);
    assert.deepEqual(drain(spool), ['m,process=a n=4i 4']);
    spool.put(batchOf('a', 5, 2));
    rmSync(dir, { recursive: true });
    spool.adopt();
    assert.deepEqual([lost.at(-1)!.count, spool.counts.files], [2, 0]);
    spool.put(batchOf('a', 7, 2));
    rmSync(dir, { recursive: true });
    assert.equal(spool.next(), undefined);
    assert.equal(lost.length, 5);
  });

  test('because the disk is full keeps what it has, and goes on when there is room', {
    skip: !isRoot && 'needs root',
  }, (t) => {
    const dir = tmpfs(t);
    if (dir === undefined) return t.skip('no tmpfs');
    let nowMs = 0;
    const { spool, lost } = open(dir, { elapsedMs: () => nowMs });
    const kept: number[] = [];
    for (let n = 0; n < 20; n++) {
      nowMs += 5000;
      const text = `m n=${n}i,x="${Buffer.from(crypto.getRandomValues(new Uint8Array(6000))).toString('base64url')}" ${n}\n`;
      const put = spool.put({ count: 1, body: gzipSync(text) });
      if (put.kept) kept.push(n);
      else assert.match(put.reason, /ENOSPC/);
    }
    assert.ok(kept.length >= 5 && kept.length < 15, `${kept.length}`);
    assert.ok(
      filesBelow(dir).every((path) => path.endsWith('.lp.gz')),
      'no part of a file is left',
    );
    assert.deepEqual(lost, []);
    assert.equal(drain(spool).length, kept.length);
    nowMs += 5000;
    assert.ok(spool.put(batch).kept);
  });

  test('because it is read-only keeps what is in it, which is delivered', {
    skip: !isRoot && 'needs root',
  }, (t) => {
    const dir = tmpfs(t);
    if (dir === undefined) return t.skip('no tmpfs');
    const first = open(dir, { owner: deadThread() });
    first.spool.put(batch);
    first.spool.put(batchOf('a', 2, 2));
    spawnSync('mount', ['-o', 'remount,ro', dir]);
    assert.match(JSON.stringify(first.spool.put(batch)), /EROFS/);
    assert.equal(drain(first.spool).length, 4);
    assert.equal(first.spool.counts.files, 0);
    open(dir).spool.adopt();
    spawnSync('mount', ['-o', 'remount,rw', dir]);
    const next = open(dir);
    next.spool.adopt();
    assert.equal(drain(next.spool).length, 4, 'what could not be removed is delivered once more');
  });
});

describe('the owner of a folder', () => {
  test('is found running or not, whatever has its pid now', () => {
    const self = thisThread();
    assert.equal(isRunning(self, self), 'yes');
    assert.equal(isRunning({ ...self, started: self.started - 1 }, self), 'no');
    assert.equal(isRunning(deadThread(), self), 'no');
    assert.equal(isRunning({ ...self, scope: 'f'.repeat(12) }, self), 'unknown');
    assert.equal(isRunning({ ...self, pid: 0 }, self), 'no');
    assert.deepEqual(parseFolderName(folderName(self, KEY, true)), { ...self, key: KEY, adopted: true });
    for (const name of ['damaged', 'lost+found', '..', 'a_1_2_3_x_y_z'])
      assert.equal(parseFolderName(name), undefined);
  });

  test('that is dead is followed by the one that adopts first; its lines are counted apart', (t) => {
    const dir = temporaryFolder(t);
    orphan(dir, 3);
    const [a, b] = [open(dir), open(dir)];
    a.spool.adopt();
    b.spool.adopt();
    assert.deepEqual([a.spool.counts.adoptedLines, b.spool.counts.adoptedLines], [6, 0]);
    assert.equal(a.spool.counts.lines, 0);
    assert.equal(a.spool.next()!.file.own, false);
  });

  test('whose lines are for another database is not followed', (t) => {
    const dir = temporaryFolder(t);
    orphan(dir, 1);
    const { spool } = open(dir, { key: 'ffffffffffff' });
    spool.adopt();
    assert.equal(spool.next(), undefined);
  });

  test('that lives is never robbed, not by a second spool of the same thread either', (t) => {
    const dir = temporaryFolder(t);
    const [a, b] = [open(dir), open(dir)];
    a.spool.put(batchOf('a', 0, 2));
    b.spool.put(batchOf('b', 0, 2));
    for (const { spool } of [a, b, open(dir)]) spool.adopt();
    assert.deepEqual(drain(a.spool), ['m,process=a n=0i 0', 'm,process=a n=1i 1']);
    assert.deepEqual(drain(b.spool), ['m,process=b n=0i 0', 'm,process=b n=1i 1']);
  });

  test('that is closed is followed at once', (t) => {
    const dir = temporaryFolder(t);
    const [a, b] = [open(dir), open(dir)];
    a.spool.put(batchOf('a', 0, 2));
    a.spool.close();
    a.spool.close();
    assert.ok(!a.spool.put(batchOf('a', 2, 2)).kept);
    assert.equal(a.spool.next(), undefined);
    b.spool.adopt();
    assert.equal(drain(b.spool).length, 2);
    b.spool.close();
    assert.deepEqual(readdirSync(dir), []);
  });

  test('in another container or on another host is followed after a long silence only', async (t) => {
    const dir = temporaryFolder(t);
    let nowMs = 0;
    const far = open(dir, { owner: { ...thisThread(), scope: 'f'.repeat(12) } });
    far.spool.put(batchOf('far', 0, 2));
    const { spool } = open(dir, { elapsedMs: () => nowMs });
    for (let n = 0; n < 10; n++) {
      spool.adopt();
      nowMs += STALE_AFTER_MS / 2;
      const before = Date.now();
      await until(() => Date.now() > before, 'the clock has moved on');
      if (n < 8) far.spool.adopt(); // which says that it lives
    }
    assert.equal(spool.next(), undefined);
    spool.adopt();
    assert.equal(drain(spool).length, 2);
    // It was only asleep: it notices.
    far.spool.put(batchOf('far', 2, 2));
    far.spool.adopt();
    assert.deepEqual([far.lost.length, far.lost[0]!.maybeStored, far.spool.counts.lines], [1, true, 2]);
  });

  test('that is a thread is followed by the next thread of its process, whose own lines they are', async (t) => {
    const dir = temporaryFolder(t);
    const worker = new Worker(fixture, { workerData: [dir, 'w', '6'] });
    t.after(() => worker.terminate());
    await once(worker, 'message');
    const { spool } = open(dir);
    spool.adopt();
    assert.equal(spool.next(), undefined);
    await worker.terminate();
    spool.adopt();
    const { lines, adoptedLines } = spool.counts;
    assert.deepEqual([lines, adoptedLines], [6, 0]);
    assert.equal(spool.next()!.file.own, true);
  });
});

describe('processes that are killed', () => {
  interface Child {
    readonly process: ChildProcess;
    /** Lines that it says it has put. */
    readonly put: () => number;
    readonly errors: () => string;
    said(pattern: RegExp): Promise<string>;
  }
  function start(t: TestContext, dir: string, name: string, limit?: number): Child {
    const child = spawn(process.execPath, [
      fixture,
      dir,
      name,
      ...(limit === undefined ? [] : [String(limit)]),
    ]);
    t.after(() => child.kill('SIGKILL'));
    let [output, errors] = ['', ''];
    child.stdout.on('data', (chunk) => {
      output += chunk;
    });
    child.stderr.on('data', (chunk) => {
      errors += chunk;
    });
    return {
      process: child,
      put: () => Number(output.match(/^\d+(?=\n)/gm)?.at(-1) ?? 0),
      errors: () => errors,
      said: async (pattern) => {
        while (!pattern.test(output)) await once(child.stdout, 'data');
        return output;
      },
    };
  }
  async function kill({ process }: Child): Promise<void> {
    process.kill('SIGKILL');
    await once(process, 'close');
  }

  test('at any time, 20 times: all that was put is there', { timeout: 60_000 }, async (t) => {
    const dir = temporaryFolder(t);
    let total = 0;
    for (let round = 0; round < 20; round++) {
      const child = start(t, dir, `r${round}`);
      // In the middle of what it does then.
      const puts = 3 * (1 + Math.floor(Math.random() * 100));
      await child.said(new RegExp(`^${puts}\n`, 'm'));
      await kill(child);
      const watched = open(dir);
      watched.spool.adopt();
      const lines = drain(watched.spool);
      const put = child.put();
      // The last one may have been written without our having been told.
      assert.ok(lines.length === put || lines.length === put + 3, `${lines.length} of ${put}`);
      assert.deepEqual(
        lines,
        Array.from({ length: lines.length }, (_, n) => `m,process=r${round} n=${n}i ${n}`),
      );
      assertNothingReported(watched);
      assert.equal(child.errors(), '');
      watched.spool.close();
      total += put;
    }
    t.diagnostic(`${total} lines put by killed processes, none lost`);
    assert.deepEqual(filesBelow(dir), []);
  });

  test('two of four: each orphan is adopted once, nothing is lost, nothing is taken from the living', async (t) => {
    const dir = temporaryFolder(t);
    const children = ['a', 'b', 'c', 'd'].map((name) => start(t, dir, name, 60));
    await Promise.all(children.map(({ said }) => said(/ready/)));
    const [a, b, c, d] = children as [Child, Child, Child, Child];
    await Promise.all([kill(a), kill(b)]);
    for (const { process } of [c, d]) process.stdin!.write('adopt\n');
    const counts = await Promise.all(
      [c, d].map(async ({ said }) => JSON.parse(/\{.*\}/.exec(await said(/\{.*\}\n/))![0])),
    );
    assert.equal(counts[0].adoptedLines + counts[1].adoptedLines, 120);
    assert.deepEqual([counts[0].lines, counts[1].lines], [60, 60]);
    const { spool } = open(dir);
    spool.adopt();
    assert.equal(spool.next(), undefined, 'both live');
    await Promise.all([kill(c), kill(d)]);
    spool.adopt();
    assert.equal(spool.counts.adoptedLines, 240);
    const lines = drain(spool);
    const expected = ['a', 'b', 'c', 'd'].flatMap((name) =>
      Array.from({ length: 60 }, (_, n) => `m,process=${name} n=${n}i ${n}`),
    );
    assert.deepEqual(lines.sort(), expected.sort());
    assert.deepEqual(
      children.map(({ errors }) => errors()),
      ['', '', '', ''],
    );
  });

  test('before they are waited for, they are dead as well', async (t) => {
    const dir = temporaryFolder(t);
    // The shell starts it, never waits for it, and sleeps.
    const shell = spawn(
      'sh',
      ['-c', '"$@" & echo $!; exec sleep 30', 'sh', process.execPath, fixture, dir, 'z', '6'],
      {
        stdio: ['ignore', 'pipe', 'ignore'],
      },
    );
    t.after(() => shell.kill('SIGKILL'));
    let output = '';
    shell.stdout.on('data', (chunk) => {
      output += chunk;
    });
    const lots = () => filesBelow(dir).filter((path) => path.endsWith('.gz'));
    await until(() => lots().length === 2, 'all has been put');
    const pid = Number(/^\d+/.exec(output)![0]);
    try {
      process.kill(pid, 'SIGKILL');
    } catch {}
    const isZombie = () => /\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
    await until(isZombie, 'the process is dead, and not waited for');
    const { spool } = open(dir);
    spool.adopt();
    assert.equal(drain(spool).length, 6);
  });
});

test('whatever is done with spools, no line is lost without being reported, and none is invented', (t) => {
  const root = temporaryFolder(t);
  const step = fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({ do: fc.constant('put' as const), lines: fc.integer({ min: 1, max: 5 }) }),
    },
    {
      weight: 4,
      arbitrary: fc.record({ do: fc.constantFrom('next' as const, 'done' as const, 'release' as const) }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ do: fc.constantFrom('crash' as const, 'close' as const, 'adopt' as const) }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('cut' as const, 'remove' as const) }) },
  );
  let round = 0;
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), fc.integer({ min: 150, max: 2000 }), (steps, maxBytes) => {
      const dir = join(root, String(++round));
      let generation = 0;
      const reopen = () => {
        const watched = open(dir, { owner: deadThread(++generation), maxBytes });
        watched.spool.adopt();
        return watched;
      };
      let put = 0;
      const delivered = new Set<string>();
      let reported = 0;
      let inFlight: { file: SpoolFile; lines: Lines }[] = [];
      let watched = reopen();
      let held = 0;
      /** What is in the spool is what was put, less what was delivered or reported. */
      const check = () => {
        reported += watched.lost.reduce((sum, { count }) => sum + count, 0);
        watched.lost.length = 0;
        const { lines, adoptedLines } = watched.spool.counts;
        held = lines + adoptedLines;
        assert.equal(put, delivered.size + reported + held);
        assert.ok(!existsSync(dir) || bytesBelow(dir) <= maxBytes * 1.1);
      };
      for (const { do: action, ...rest } of steps) {
        const lines = 'lines' in rest ? rest.lines : 0;
        switch (action) {
          case 'put':
            if (watched.spool.put(batchOf('x', put, lines)).kept) put += lines;
            break;
          case 'next': {
            const entry = watched.spool.next();
            if (entry !== undefined) inFlight.push(entry);
            break;
          }
          case 'done':
          case 'release': {
            const entry = inFlight.shift();
            if (entry === undefined) break;
            if (action === 'release') watched.spool.release(entry.file);
            else {
              watched.spool.done(entry.file);
              for (const line of linesIn(entry.lines.body)) {
                assert.ok(!delivered.has(line), 'twice');
                delivered.add(line);
              }
            }
            break;
          }
          case 'adopt':
            watched.spool.adopt();
            break;
          case 'cut':
          case 'remove': {
            const files = existsSync(dir)
              ? filesBelow(dir).filter((path) => !path.startsWith('damaged'))
              : [];
            // A file in flight has been read.
            const file = files
              .map((path) => join(dir, path))
              .find((path) => !inFlight.some(({ file }) => watched.spool.path(file) === path));
            if (file === undefined) break;
            if (action === 'cut') writeFileSync(file, readFileSync(file).subarray(0, -1));
            else rmSync(file);
            if (action === 'remove') {
              // Found out when its turn comes; until then it counts as held. A crash would forget it.
              while (watched.spool.counts.files > 0) {
                const entry = watched.spool.next();
                if (entry === undefined) break;
                inFlight.push(entry);
              }
            }
            break;
          }
          case 'close':
          case 'crash':
            check();
            if (action === 'close') watched.spool.close();
            inFlight = [];
            watched = reopen();
            break;
        }
        check();
      }
      for (const { file } of inFlight) watched.spool.release(file);
      for (const line of drain(watched.spool)) {
        assert.ok(!delivered.has(line), 'twice');
        delivered.add(line);
      }
      check();
      assert.equal(held, 0);
      assert.ok([...delivered].every((line) => Number(/ (\d+)$/.exec(line)![1]) < put));
      watched.spool.close();
      rmSync(dir, { recursive: true, force: true });
    }),
    { numRuns: 150 },
  );
});
