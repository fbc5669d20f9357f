import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { fakeInflux } from '../../support/fake-influx.ts';
import { influxdb } from '../../support/real/influx.ts';
import { LONG_EXIT_TIMEOUT, run } from '../../support/run.ts';
import { filesBelow, temporaryFolder } from '../../support/spooling.ts';

const ending = fileURLToPath(new URL('../../fixtures/ending.js', import.meta.url));
const cli = fileURLToPath(new URL('../../../../dist/cli/main.js', import.meta.url));

test('what the database does not take, with spoolDir, outlives the process, however it exits, and is delivered by the next', async (t) => {
  const influx = await influxdb(t);
  const silent = await fakeInflux(t);
  silent.answer = () => {};
  for (const [way, url] of [
    ['exit', 'http://127.0.0.1:1'],
    ['throw', 'http://127.0.0.1:1'],
    ['exit', silent.url],
  ] as const) {
    const spoolDir = temporaryFolder(t);
    const env = { ...LONG_EXIT_TIMEOUT, INFLUX_DATABASE: 'requests', RAW_REQUESTS_SPOOL_DIR: spoolDir };
    await run([ending, way, '10'], { ...env, INFLUX_URL: url, RAW_REQUESTS_TIMEOUT_MS: '500' });
    // Named one by one: those of another destination are left alone in a folder.
    const files = lotsIn(spoolDir).map((file) => join(spoolDir, file));
    assert.ok(files.length > 0, `${way} ${url}`);
    const replayed = await run([cli, 'replay', ...files], { ...env, INFLUX_URL: influx.url });
    assert.equal(replayed.status, 0, replayed.stdout + replayed.stderr);
    assert.deepEqual(lotsIn(spoolDir), []);
  }
  const [{ count }] = (await influx.query('SELECT count("sequence") FROM "raw-requests"', 'requests')) as [
    { count: number },
  ];
  assert.equal(count, 30);
});

const lotsIn = (folder: string): string[] => filesBelow(folder).filter((file) => file.endsWith('.lp.gz'));
