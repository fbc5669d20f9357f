import assert from 'node:assert/strict';
import {
  chmodSync,
  chownSync,
  existsSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import type { ServerResponse } from 'node:http';
import { dirname, join } from 'node:path';
import { describe, test } from 'node:test';
import { replay, settingsOf, spooled } from '../support/export/replay.ts';
import { fakeInflux } from '../support/fake-influx.ts';
import { batchOf, deadThread, filesBelow, open, temporaryFolder } from '../support/spooling.ts';

describe('raw-requests replay', () => {
  test('keeps the files with --keep, and only looks with --dry-run, which needs no database', async (t) => {
    const influx = await fakeInflux(t);
    const { dir, paths } = spooled(t, influx.url, 2);
    const dry = await replay(['--dry-run', dir]);
    assert.deepEqual([dry.status, dry.errors], [0, '']);
    assert.match(dry.output, / {2}3 lines, \d+ bytes to send\n.*\n2 files to send \(6 lines\)\.\n$/);
    assert.equal(influx.writes.length, 0);
    const kept = await replay(['--keep', dir], settingsOf(influx.url));
    assert.equal(kept.status, 0);
    assert.equal(influx.points.length, 6);
    assert.ok(paths.every((path) => existsSync(path)));
  });

  test('leaves and names what is rejected or damaged, and goes on', async (t) => {
    const influx = await fakeInflux(t);
    const { dir, paths } = spooled(t, influx.url, 5);
    const say = (res: ServerResponse, error: string) =>
      res.writeHead(400, { 'content-type': 'application/json' }).end(JSON.stringify({ error }));
    influx.answer = ({ points }, res) => {
      const n = Number(points[0]!.fields.n);
      if (n < 3) say(res, 'unable to parse');
      else if (n < 6) say(res, 'partial write: no dropped=2');
      else res.writeHead(204).end();
    };
    writeFileSync(paths[2]!, readFileSync(paths[2]!).subarray(0, 30));
    const { status, lines } = await replay([dir], settingsOf(influx.url));
    assert.equal(status, 1);
    assert.equal(lines[0], `${paths[0]}  3 lines rejected (400 Bad Request: unable to parse), left`);
    assert.match(
      lines[1]!,
      / {2}1 of 3 lines stored, 2 rejected \(400 Bad Request: partial write.*\), left$/,
    );
    assert.equal(lines[2], `${paths[2]}  damaged: unexpected end of file, left`);
    assert.match(lines[5]!, /^2 files stored \(6 lines\) in .*, 3 files left with 1 line that is stored\.$/);
    assert.deepEqual(
      paths.map((path) => existsSync(path)),
      [true, true, true, false, false],
    );
  });

  test('tries a few times, then leaves all that is left', async (t) => {
    const influx = await fakeInflux(t);
    const { dir, paths } = spooled(t, influx.url, 3);
    influx.answer = (_write, res, attempt) => {
      res.writeHead(attempt === 2 ? 204 : 503).end();
    };
    const { status, lines, errors } = await replay([dir], settingsOf(influx.url));
    assert.equal(status, 1);
    assert.equal(influx.writes.length, 2 + 5);
    assert.match(
      errors,
      / does not take lines since \S+: 503 Service Unavailable; 3 lines waiting, nothing lost\n/,
    );
    assert.match(errors, /^3 lines were not stored: 503 Service Unavailable$/m);
    assert.match(lines[1]!, /not stored \(503 .*\), left; so is all that follows$/);
    assert.match(lines[2]!, /^1 file stored .*, 2 files left\.$/);
    assert.deepEqual(
      paths.map((path) => existsSync(path)),
      [false, true, true],
    );
  });

  test('leaves alone what a running process has, and what is for another database, unless it is named', async (t) => {
    const influx = await fakeInflux(t);
    const { dir, key } = spooled(t, influx.url, 1);
    open(dir, { key }).spool.put(batchOf('live', 0, 1));
    open(dir, { owner: deadThread(1) }).spool.put(batchOf('other', 0, 2));
    const { status, output } = await replay([dir], settingsOf(influx.url));
    assert.equal(status, 1);
    assert.match(output, new RegExp(`skipped: its process runs .*pid ${process.pid}\\)`));
    assert.match(
      output,
      /^2 lines for another database wait in 1 file, the oldest since 20.*: left\. --to-current /m,
    );
    assert.equal(influx.points.length, 3);
    const left = filesBelow(dir).map((path) => join(dir, path));
    assert.equal(left.length, 2);
    assert.equal((await replay(left, settingsOf(influx.url))).status, 0);
    assert.equal(influx.points.length, 6);
  });

  test('sends nothing that another user could have put there, or changed', async (t) => {
    const influx = await fakeInflux(t);
    const settings = settingsOf(influx.url);
    const { dir, paths } = spooled(t, influx.url, 3);
    const link = `${dir}-link`;
    symlinkSync(dir, link);
    t.after(() => rmSync(link));
    const refused = async (path: string, message: RegExp) => {
      const { status, errors } = await replay([path], settings);
      assert.equal(status, 1);
      assert.match(errors, message);
    };
    await refused(link, /^Expected .*-link to be a folder, not a link: it leads to /);
    await refused(`${link}/`, /^Expected .*-link\/ to be a folder, not a link/);
    chmodSync(dir, 0o770);
    await refused(dir, /^Expected .* to be writable by its user alone, or .* \(mode 0770;/);
    chmodSync(dir, 0o700);
    chmodSync(dirname(paths[0]!), 0o777);
    const within = await replay([dir], settings);
    assert.equal(within.status, 1);
    assert.match(within.output, / {2}skipped: expected it to be writable .* \(mode 0777;/);
    chmodSync(dirname(paths[0]!), 0o700);
    assert.equal(influx.points.length, 0);

    chmodSync(paths[0]!, 0o620);
    renameSync(paths[1]!, `${dir}/elsewhere`);
    symlinkSync(`${dir}/elsewhere`, paths[1]!);
    const { status, lines } = await replay(paths, settings);
    assert.equal(status, 1);
    assert.match(
      lines[0]!,
      / {2}refused: expected it to be writable by its user alone \(mode 0620; .*, left$/,
    );
    assert.match(lines[1]!, / {2}refused: expected it to be a file, not a link, left$/);
    assert.equal(influx.points.length, 3, 'the third is sent');
    assert.deepEqual(
      paths.map((path) => existsSync(path)),
      [true, true, false],
    );
  });

  test('sends nothing of another user', { skip: process.geteuid?.() !== 0 && 'needs root' }, async (t) => {
    const influx = await fakeInflux(t);
    const { dir, paths } = spooled(t, influx.url, 1);
    chownSync(paths[0]!, 12345, 12345);
    const file = await replay(paths, settingsOf(influx.url));
    assert.match(
      file.lines[0]!,
      / {2}refused: expected it to belong to the user of this process, uid 0, not/,
    );
    chownSync(dirname(paths[0]!), 12345, 12345);
    assert.equal((await replay([dir], settingsOf(influx.url))).status, 1);
    chownSync(dir, 12345, 12345);
    assert.match((await replay([dir], settingsOf(influx.url))).errors, /^Expected .* not to uid 12345 /);
    assert.equal(influx.points.length, 0);
  });

  test('says what is wrong with what it was given', async (t) => {
    const dir = temporaryFolder(t);
    for (const [args, env, message] of [
      [[dir], {}, /^Expected INFLUX_URL to be set/],
      [[dir], { INFLUX_ULR: 'x' }, /\nUnknown environment variable INFLUX_ULR: did you mean INFLUX_URL\?\n$/],
      [[dir], { INFLUX_URL: 'http://127.0.0.1:1' }, /^Expected INFLUX_DATABASE or INFLUX_BUCKET/],
      [[join(dir, 'nothing')], settingsOf('http://127.0.0.1:1'), /^There is no .*nothing\n$/],
      [[], {}, /missing required argument/],
    ] as const) {
      const { status, errors, output } = await replay([...args], env);
      assert.deepEqual([status, output], [1, '']);
      assert.match(errors, message);
    }
  });
});
