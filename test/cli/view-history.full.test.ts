// `raw-requests view` of files, and of a range of a real InfluxDB.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { CliError } from '../../src/cli/cli-error.ts';
import { CsvLines, REQUEST_FIELDS } from '../../src/cli/view/history/csv-lines.ts';
import { readDatabase } from '../../src/cli/view/history/database.ts';
import { filesOf, readFiles } from '../../src/cli/view/history/files.ts';
import { historyOf } from '../../src/cli/view/history/load.ts';
import { checkTraceUrl } from '../../src/cli/view/view.ts';
import { Store } from '../../src/view/store/store.ts';
import { influxdb } from '../support/real/influx.ts';
import { readFeed } from '../support/view/feed.ts';
import { PageOf } from '../support/view/stored-page.ts';

const main = fileURLToPath(new URL('../../../dist/cli/main.js', import.meta.url));
const never = new AbortController().signal;
const MINUTE_MS = 60_000;
const TRACE_URL = 'http://localhost:16686/trace/{trace_id}';
const BEGIN = Date.UTC(2026, 10, 30, 12);

/** So many requests in a minute, the last one first. */
function lines(count: number, beginMs = BEGIN): string {
  const all = Array.from({ length: count }, (_, i) => {
    const ns = BigInt(beginMs) * 1_000_000n + (BigInt(i) * BigInt(MINUTE_MS) * 1_000_000n) / BigInt(count);
    const seconds = 0.001 + ((i * 7919) % 10_007) / 10_007;
    const tags = `process=web\\ 1:${4000 + (i % 3)},method=GET,route=/a\\,b/:id${i % 5},status=200,outcome=finished`;
    return `raw-requests,${tags} application_time=${seconds},slot=${1 + (i % 7)}i,sequence=${i + 1}i,path="/x \\"${i % 9}\\"",start_time=${ns - 5000n}i ${ns}`;
  });
  return `${all.reverse().join('\n')}\n`;
}

function folderOf(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'raw-requests-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

/** The requests of a store as line protocol, sorted. */
const contentOf = (store: Store) =>
  new PageOf(store).export('line-protocol').split('\n').filter(Boolean).sort();

describe('files of line protocol', () => {
  test('are read from folders, packed or not, in the order of their names', async (t) => {
    const folder = folderOf(t);
    mkdirSync(join(folder, 'a-process'));
    writeFileSync(join(folder, 'a-process', '2.lp.gz'), gzipSync(lines(3000, BEGIN + MINUTE_MS)));
    writeFileSync(join(folder, '1.lp'), lines(2000).trimEnd());
    writeFileSync(join(folder, 'notes.txt'), 'no line protocol');
    const files = filesOf([folder]);
    assert.deepEqual(files, [join(folder, '1.lp'), join(folder, 'a-process', '2.lp.gz')]);
    const store = new Store(20_000);
    const shares: number[] = [];
    const problems = await readFiles(files, store, ({ done, total }) => shares.push(done / total), never);
    assert.deepEqual([problems, store.counters().kept], [[], 5000]);
    assert.equal(shares.at(-1), 1);
    const direct = new Store(20_000);
    direct.write(Buffer.from(lines(2000) + lines(3000, BEGIN + MINUTE_MS)), 1n);
    assert.deepEqual(contentOf(store), contentOf(direct));
  });

  test('that are damaged are named, and the others are read', async (t) => {
    const folder = folderOf(t);
    const packed = gzipSync(lines(50_000));
    writeFileSync(join(folder, '1.lp.gz'), packed.subarray(0, packed.length / 2));
    writeFileSync(join(folder, '2.lp'), `not a line\n${lines(10)}`);
    const store = new Store(100_000);
    const problems = await readFiles(filesOf([folder]), store, () => {}, never);
    assert.match(
      problems.join('\n'),
      /1\.lp\.gz: unexpected end of file\n.*2\.lp: 1 lines are no line protocol/,
    );
    assert.ok(store.counters().kept > 10);
  });

  test('that do not exist, and both files and a range, are errors', (t) => {
    const folder = folderOf(t);
    assert.throws(() => filesOf([join(folder, 'x.lp')]), CliError);
    assert.throws(() => filesOf([folder]), /There are no files \*\.lp/);
    assert.throws(() => historyOf({ paths: ['x.lp'], last: '1h' }, {}), /got both/);
    assert.throws(() => historyOf({ paths: [], last: '1h' }, {}), /Expected INFLUX_URL to be set/);
    assert.equal(historyOf({ paths: [] }, {}), undefined);
  });

  test('are what `raw-requests view` shows, which goes on to take writes', async (t) => {
    const folder = folderOf(t);
    writeFileSync(join(folder, 'yesterday.lp.gz'), gzipSync(lines(1000)));
    const child = spawn(process.execPath, [main, 'view', folder, '--port', '0', '--trace-url', TRACE_URL], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    t.after(() => child.kill('SIGKILL'));
    let said = '';
    while (!said.includes('in memory')) said += (await once(child.stdout, 'data'))[0];
    assert.match(said, /1.?000 requests of 1 file in memory\./);
    const [, url] = /live view at (\S+)/.exec(said)!;
    const { status } = await fetch(`${url}/write`, {
      method: 'POST',
      body: 'raw-requests application_time=1',
    });
    assert.equal(status, 204);
    const { history, traceUrl } = (await readFeed(t, url!)).hello;
    assert.deepEqual([history, traceUrl], [true, TRACE_URL]);
  });
});

describe('a range of an InfluxDB', () => {
  test('is what the database has, to the ns, with tags and texts of any characters', async (t) => {
    const influxd = await influxdb(t);
    const write = async (body: string) => {
      const response = await fetch(`${influxd.url}/write?db=requests`, { method: 'POST', body });
      assert.equal(response.status, 204, await response.text());
    };
    const [before, inside] = [lines(500, BEGIN - MINUTE_MS), lines(12_000)];
    await write(before);
    await write(inside);
    await write(`request-metrics,process=web\\ 1:4000 event_loop_delay_max=0.4,cpu_user_time=1 ${BEGIN + 2000}000000
request-metrics,process=web\\ 1:4000 event_loop_delay_max=0.5,cpu_user_time=1 ${BEGIN + 3000}000000`);
    const target = { url: influxd.url, database: 'requests' };
    const range = { from: BEGIN, to: BEGIN + MINUTE_MS };
    const store = new Store(50_000);
    const progress: number[] = [];
    const read = await readDatabase(target, range, undefined, store, (done) => progress.push(done), never);
    assert.deepEqual([read, progress.at(-1)], [{ found: 12_000, read: 12_000 }, 12_000]);
    const direct = new Store(50_000);
    direct.write(Buffer.from(inside), 1n);
    assert.deepEqual(contentOf(store), contentOf(direct));
    assert.deepEqual(
      store.marks.after(0).map(({ seconds }) => seconds),
      [0.5],
    );

    const where = `time >= ${BEGIN}ms AND time < ${BEGIN + MINUTE_MS}ms`;
    const [row] = await influxd.query(
      `SELECT count(application_time) AS n, percentile(application_time, 95) AS p95 FROM "raw-requests" WHERE ${where}`,
      'requests',
    );
    const { rows } = new PageOf(store);
    const seconds = rows.blocks.flatMap(({ chunk, from, to }) => [...chunk.duration.subarray(from, to)]);
    seconds.sort((a, b) => a - b);
    assert.deepEqual([row!.n, row!.p95], [seconds.length, seconds[Math.ceil(0.95 * seconds.length) - 1]]);
    const ends = rows.blocks.flatMap(({ end, from, to }) => [...end.subarray(from, to)]);
    assert.deepEqual(
      ends,
      ends.toSorted((a, b) => a - b),
    );

    const small = new Store(16_384);
    await write(lines(20_000, BEGIN + MINUTE_MS));
    const newest = await readDatabase(
      target,
      { from: BEGIN, to: BEGIN + 2 * MINUTE_MS },
      undefined,
      small,
      () => {},
      never,
    );
    assert.equal(newest.found, 32_000);
    assert.ok(newest.read > 15_000 && newest.read <= 16_384, String(newest.read));
    assert.equal(small.counters().evicted, 0);
  });

  test('is converted value by value', () => {
    const csv = new CsvLines('raw-requests', ['method', 'zone'], REQUEST_FIELDS);
    assert.equal(csv.line('name,tags,time,application_time,method,path,slot,zone,other'), '');
    assert.equal(
      csv.line('raw-requests,,17,0.5,GET,"/a,""b""",3,eu 1,9'),
      'raw-requests,method=GET,zone=eu\\ 1 application_time=0.5,path="/a,\\"b\\"",slot=3i 17\n',
    );
    assert.equal(csv.line('raw-requests,,18,0.25,,,,,'), 'raw-requests application_time=0.25 18\n');
    assert.equal(csv.line('raw-requests,,18,,GET,,,,9'), '');
  });
});

test('the address of a trace has to be one with a place for its id', () => {
  checkTraceUrl(undefined);
  checkTraceUrl(TRACE_URL);
  for (const wrong of ['javascript:alert("{trace_id}")', 'http://localhost/trace', '{trace_id}'])
    assert.throws(() => checkTraceUrl(wrong), /Expected --trace-url to be an address with \{trace_id\}/);
});
