import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { influxdb } from '../support/real/influx.ts';
import { LONG_EXIT_TIMEOUT, run } from '../support/run.ts';
import { temporaryFolder } from '../support/spooling.ts';

describe('a run of node:test that imports the application', () => {
  delete process.env.NODE_TEST_CONTEXT; // else the run believes that it is part of this one
  for (const [name, up] of [
    ['there', true],
    ['not there', false],
  ] as const) {
    test(`ends by itself when the database is ${name}`, async (t) => {
      const influx = up ? await influxdb(t) : undefined;
      const file = join(temporaryFolder(t), 'app.test.mjs');
      writeFileSync(
        file,
        `import { test } from 'node:test';
         import http from 'node:http';
         import { rawRequests } from ${JSON.stringify(new URL('../../src/index.js', import.meta.url).href)};
         const record = rawRequests();
         test('a request', (t, done) => {
           const server = http.createServer((req, res) => { record(req, res); res.end(); }).listen(0, '127.0.0.1', () => {
             http.get({ port: server.address().port, host: '127.0.0.1', agent: false }, (res) => res.resume().on('end', () => server.close(done)));
           });
         });`,
      );
      const env = {
        ...LONG_EXIT_TIMEOUT,
        INFLUX_URL: influx?.url ?? 'http://127.0.0.1:9',
        INFLUX_DATABASE: 'requests',
      };
      const { status } = await run(
        ['--test', '--test-reporter=dot', '--test-reporter-destination=stderr', file],
        env,
      );
      assert.equal(status, 0);
      const rows = await influx?.query('SELECT "sequence" FROM "raw-requests"', 'requests');
      assert.equal(rows?.length, up ? 1 : undefined);
    });
  }
});
