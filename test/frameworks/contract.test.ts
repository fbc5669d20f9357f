import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type Influxd, startInfluxd } from '../../src/cli/demo/place/influxd.ts';
import type { Row } from '../../src/cli/influxql.ts';
import type { Framework } from '../contract/application.ts';
import { statusOf } from '../contract/client.ts';
import { FRAMEWORKS } from '../contract/frameworks.ts';
import { inCode, RECORDING, type Recording } from '../contract/modes.ts';
import { routeOf } from '../contract/routes.ts';
import type { Expected, Scenario } from '../contract/scenario.ts';
import { SCENARIOS, scenariosOf } from '../contract/scenarios.ts';
import { type Visit, visit } from '../contract/visit.ts';

// What the library promises, for every framework and every way to use it. Each program goes once through all scenarios;
// the tests then look at what the one database holds of it, and at what its clients got. To be read in this order:
// contract/application.ts (what every framework serves), contract/scenarios/ (what happens to it, and what is recorded
// of that), contract/routes.ts and `without` in contract/frameworks/ (where frameworks differ).

/** One database for all programs, which the tag `service` tells apart. */
let influx: Influxd;
before(async () => {
  influx = await startInfluxd();
  await influx.query('CREATE DATABASE requests');
});
after(() => influx.stop());

test('what a framework is said to be without is a scenario', () => {
  const names = SCENARIOS.map(({ name }) => name);
  for (const { without = {} } of FRAMEWORKS) {
    for (const name of Object.keys(without)) assert.ok(names.includes(name), name);
  }
});

/** `CONTRACT=koa,hono` tries these only. */
const only = process.env.CONTRACT?.split(',');

describe('the contract', { concurrency: 3 }, () => {
  for (const framework of FRAMEWORKS) {
    if (only && !only.includes(framework.name)) continue;
    describe(framework.name, { concurrency: 1, skip: framework.unavailable ?? false }, () => {
      let bare: Visit;
      before(async () => {
        bare = await visit(framework, 'bare', influx);
      });
      for (const mode of RECORDING) describeMode(framework, mode, () => bare);
    });
  }
});

function describeMode(framework: Framework, mode: Recording, bare: () => Visit): void {
  const scenarios = scenariosOf(framework);

  describe(`${framework.name} with ${mode}`, () => {
    let recorded: Visit;
    before(async () => {
      recorded = await visit(framework, mode, influx);
    });

    const answerTo = (scenario: Scenario): string => {
      const answer = recorded.answers.get(scenario)!;
      if (answer instanceof Error) throw answer;
      return answer;
    };
    const expectedOf = (scenario: Scenario): Expected[] =>
      scenario
        .points(answerTo(scenario), mode, framework)
        .map((point) => ({ ...point, route: routeOf(framework, mode, point.route) }));

    for (const { scenario, skip } of scenarios) {
      test(scenario.name, { skip }, () => {
        const expected = expectedOf(scenario);
        const found = recorded.points.filter((point) => isOf(scenario, point, expected));
        assert.deepEqual(found.map(summary), expected.map(summary));
        if (expected.length === 1) assertSeen(expected[0]!, answerTo(scenario));
        for (const [index, point] of found.entries()) assertFields(point, expected[index]!);
      });
    }

    test('nothing is there twice and nothing is missing', () => {
      const sent = scenarios.flatMap(({ scenario, skip }) => (skip ? [] : expectedOf(scenario)));
      assert.equal(recorded.points.length, sent.length);
      const sequences = recorded.points.map(({ sequence }) => Number(sequence)).sort((a, b) => a - b);
      assert.deepEqual(
        sequences,
        sent.map((_, index) => index + 1),
      );
    });

    test('every point is a bar from its start to its end, in a slot', () => {
      for (const { time, start_time, application_time, slot, in_flight } of recorded.points) {
        assert.ok(
          Math.abs(Number((time as bigint) - (start_time as bigint)) / 1e9 - Number(application_time)) < 1e-6,
        );
        assert.ok(Number(slot) >= 1 && Number(in_flight) >= 1);
      }
    });

    test('the adapter counts what it has recorded', { skip: !inCode(mode) && 'there is none' }, () => {
      const { stats } = recorded.ended;
      assert.equal(stats.recorded, recorded.points.length);
      assert.equal(stats.acknowledged, recorded.points.length);
      assert.equal(stats.hookErrors, hookErrorsOf(framework, mode));
    });

    test('the program ends as it would, and says nothing more', () => {
      assert.equal(recorded.ended.status, 0);
      assert.equal(withoutPid(recorded.ended.stderr), withoutPid(bare().ended.stderr));
    });

    test('the client gets the same bytes', () => {
      for (const { scenario, skip } of scenarios) {
        if (skip || !scenario.comparable) continue;
        assert.equal(
          withoutDate(answerTo(scenario)),
          withoutDate(String(bare().answers.get(scenario))),
          scenario.name,
        );
      }
    });

    const events = 'the application sees the same events, and one listener more, for `close` of the response';
    test(events, { skip: framework.protocol === 'HTTP/2' && 'only HTTP/1.1 is watched' }, () => {
      assert.ok(recorded.witnessed.size > 0);
      assert.deepEqual([...recorded.witnessed.keys()], [...bare().witnessed.keys()]);
      for (const [path, { events, listeners }] of recorded.witnessed) {
        const without = bare().witnessed.get(path)!;
        assert.deepEqual(events, without.events, path);
        const closing = (without.listeners['response close'] ?? 0) + 1;
        assert.deepEqual(listeners, { ...without.listeners, 'response close': closing }, path);
      }
    });
  });
}

/** Whether a point is of a scenario: by its path, else by a method that no other scenario without a path has. */
function isOf({ path }: Scenario, point: Row, expected: Expected[]): boolean {
  if (path !== undefined) return point.path === path;
  return !point.path && expected.some(({ method }) => method === point.method);
}

function summary({ method, route, status, outcome }: Row | Expected): string {
  return `${method} ${route} ${status} ${outcome}`;
}

/** What is recorded as finished is what the client got. */
function assertSeen({ status, outcome }: Expected, answer: string): void {
  if (outcome === 'finished') assert.equal(statusOf(answer), status);
}

function assertFields(point: Row, { fields = {} }: Expected): void {
  const lasted = Number(point.application_time) - Number(point.first_byte_time);
  for (const [name, expected] of Object.entries(fields)) {
    const value = name === 'lasted' ? lasted : (point[name] ?? null);
    if (typeof expected === 'function') assert.ok(expected(Number(value)), `${name} is ${value}`);
    else assert.equal(value, expected, name);
  }
}

/**
 * How often the hooks `route` and `requestTags` fail in the one request that makes them fail. They are settings in
 * code, and with both those of `register` count. HTTP/2 has no `requestTags`.
 */
function hookErrorsOf({ protocol, without }: Framework, mode: Recording): number {
  if (mode !== 'code' || without?.['hooks that fail cost nothing']) return 0;
  return protocol === 'HTTP/2' ? 1 : 2;
}

const withoutDate = (answer: string): string => answer.replace(/^date: .*$/gim, 'date');

const withoutPid = (text: string): string => text.replace(/\(node:\d+\)/g, '(node)');
