import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { FRAMEWORKS } from '../../contract/frameworks/index.ts';
import { runProgram } from '../../contract/run/run-program.ts';
import { fakeInflux } from '../../support/fake-influx.ts';

const CHECK = { RAW_REQUESTS_CHECK: 'on', RAW_REQUESTS_LOG_LEVEL: 'info' };

describe('the check finds no difference in all scenarios of the contract', () => {
  for (const name of ['node:http', 'node:http2', 'express', 'fastify']) {
    test(name, async (t) => {
      const influx = await fakeInflux(t);
      const database = {
        url: influx.url,
        pointsOf: (service: string) =>
          influx.points.filter(({ tags }) => tags.service === service).map(({ fields }) => fields as never),
      };
      const framework = FRAMEWORKS.find((one) => one.name === name)!;
      const { ended, points } = await runProgram(framework, 'register', database, CHECK);
      const said = ended.stderr.split('\n').filter((line) => line.includes('"check: '));
      assert.equal(said.length, 1, said.join('\n'));
      const [, observed] = /, (\d+) observed; no difference"/.exec(said[0]!) ?? [];
      assert.equal(Number(observed), points.length, said[0]);
    });
  }
});
