import { before, describe, test } from 'node:test';
import { quoteText } from '../../src/cli/influxql.ts';
import { assertContract } from '../contract/assert-contract.ts';
import { FRAMEWORKS } from '../contract/frameworks/index.ts';
import { modesOf } from '../contract/modes.ts';
import type { Database } from '../contract/run/run-program.ts';
import { shared } from '../support/owner.ts';
import { influxdb } from '../support/real/influx.ts';

// What the library promises, for every framework and every way to use it. Each program goes once through its scenarios;
// then all that differs from the contract is said at once. To be read in this order: contract/program/application.ts
// (what every framework serves), contract/scenarios/ (what happens to it, and what is recorded of that),
// contract/frameworks/routes.ts and `without` in contract/frameworks/ (where frameworks differ), contract/differences.ts.

/** One for all programs. */
let database: Database;
const file = shared();
before(async () => {
  const influx = await influxdb(file);
  database = {
    url: influx.url,
    pointsOf: (service) =>
      influx.query(`SELECT * FROM "raw-requests" WHERE service = ${quoteText(service)}`, 'requests'),
  };
});

/** `CONTRACT=koa,hono` tries these only. */
const only = process.env.CONTRACT?.split(',');

describe('the contract', { concurrency: 3 }, () => {
  for (const framework of FRAMEWORKS) {
    if (only && !only.includes(framework.name)) continue;
    const modes = modesOf(framework);
    test(
      `is kept by ${framework.name}, recorded with ${modes.join(', ')}`,
      {
        skip: framework.unavailable ?? false,
      },
      () => assertContract(framework, modes, database),
    );
  }
});
