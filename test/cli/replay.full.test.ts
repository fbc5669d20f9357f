import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { checkSpool } from '../../src/cli/doctor/checks/spool.ts';
import { spoolKey } from '../../src/export/spool/owner.ts';
import { resolveOptions } from '../../src/options/options.ts';
import { replay, settingsOf, spooled } from '../support/export/replay.ts';
import { sender } from '../support/export/sender.ts';
import { influxdb } from '../support/real/influx.ts';
import { batchOf, filesBelow, temporaryFolder } from '../support/spooling.ts';

describe('raw-requests replay', () => {
  test('stores exactly the points of a spool in InfluxDB, and removes the files', async (t) => {
    const influx = await influxdb(t);
    const { dir, paths } = spooled(t, influx.url, 10);
    const { status, lines, errors } = await replay([dir], settingsOf(influx.url));
    assert.equal(errors, '');
    assert.deepEqual(lines, [
      ...paths.map((path) => `${path}  3 lines stored`),
      `10 files stored (30 lines) in InfluxDB at ${influx.url} (database requests).`,
    ]);
    assert.equal(status, 0);
    const rows = await influx.query('SELECT n, process FROM m', 'requests');
    assert.deepEqual(
      rows.map(({ n, process }) => [n, process]),
      Array.from({ length: 30 }, (_, n) => [n, 'a']),
    );
    assert.deepEqual(readdirSync(dir), []);
    const again = await replay([dir], settingsOf(influx.url));
    assert.deepEqual([again.status, again.lines], [0, [`There is nothing to send in ${dir}.`]]);
  });

  test('delivers what was spooled under a wrong setting, which the log, doctor and replay name', async (t) => {
    const influx = await influxdb(t);
    const spoolDir = join(temporaryFolder(t), 'spool');
    const wrong = await sender(t, { url: influx.url, database: 'request', spoolDir });
    await wrong.request(100);
    await wrong.until(({ spooled }) => spooled === 100);
    await wrong.recorder.close();

    const waiting = new RegExp(
      `100 lines for ${influx.url}/write\\?db=request wait in \\d+ files?, the oldest since 20`,
    );
    const log: string[] = [];
    const write = (_fields: unknown, text: string) => void log.push(text);
    const right = await sender(t, {
      url: influx.url,
      spoolDir,
      logLevel: 'warn',
      logger: { debug: write, info: write, warn: write, error: write },
    });
    await right.request(1);
    await right.until(({ acknowledged }) => acknowledged === 1);
    assert.equal(log.filter((text) => waiting.test(text)).length, 1, log.join('\n'));

    const { destination } = resolveOptions({}, settingsOf(influx.url));
    const findings = await checkSpool(spoolDir, spoolKey(destination!));
    assert.deepEqual(
      findings.map(({ level }) => level),
      ['fine', 'warning'],
    );
    assert.match(findings[1]!.text, waiting);

    const refused = await replay([spoolDir], settingsOf(influx.url));
    assert.equal(refused.status, 1);
    assert.match(refused.output, waiting);
    const sent = await replay(['--to-current', spoolDir], settingsOf(influx.url));
    assert.equal(sent.status, 0, sent.output + sent.errors);
    const [row] = await influx.query('SELECT count("sequence") FROM "raw-requests"', 'requests');
    assert.equal(row!.count, 101);
    const after = await checkSpool(spoolDir, spoolKey(destination!));
    assert.deepEqual(
      after.map(({ level }) => level),
      ['fine'],
    );
  });

  test('sends in the order of time, from folders at any depth, and plain text as well', async (t) => {
    const influx = await influxdb(t);
    const dir = temporaryFolder(t);
    const [first, second, third] = ['1.lp.gz', 'b/2.lp.gz', 'b/deep/3.lp'].map((path) => join(dir, path));
    mkdirSync(join(dir, 'b', 'deep'), { recursive: true });
    writeFileSync(third!, '# a comment\nm n=3i 3\n\nm n=4i 4');
    writeFileSync(first!, batchOf('a', 1, 1).body);
    writeFileSync(second!, batchOf('a', 2, 1).body);
    writeFileSync(join(dir, 'notes.txt'), 'mine');
    const { status, lines } = await replay([join(dir, 'b'), dir], settingsOf(influx.url));
    assert.deepEqual(lines.slice(0, 3), [
      `${first}  1 line stored`,
      `${second}  1 line stored`,
      `${third}  2 lines stored`,
    ]);
    assert.equal(status, 0);
    const rows = await influx.query('SELECT n FROM m', 'requests');
    assert.deepEqual(
      rows.map(({ n }) => n),
      [1, 2, 3, 4],
    );
    assert.deepEqual(filesBelow(dir), ['notes.txt']);
  });
});
