import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Ajv } from 'ajv';
import { parse } from 'yaml';
import { DEFAULT_LIMITS, DEFAULTS } from '../../src/compare/plan/plan.ts';
import { readPlanFile } from '../../src/compare/plan/read-file.ts';
import { KEYS, readPlan } from '../../src/compare/plan/schema.ts';
import { TEMPLATE } from '../../src/compare/plan/template.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const examplesFolder = join(root, 'examples/workshop');
const published = JSON.parse(readFileSync(join(root, 'docs/compare.schema.json'), 'utf8'));
const isPlan = new Ajv({ allowUnionTypes: true }).compile(published);
const withDefaults = new Ajv({ allowUnionTypes: true, useDefaults: true }).compile(published);

const BOTH = { a: { command: 'node a.js' }, b: { command: 'node b.js' } };

describe('a plan', () => {
  test('of two commands has the documented defaults', () => {
    const { sides, load, rounds, warmUp, metric, limits, differs, seed } = readPlan(BOTH);
    assert.deepEqual([sides.a.name, sides.b.name, sides.a.record], ['A', 'B', true]);
    assert.deepEqual(load.mix, [{ weight: 1, method: 'GET', path: '/', headers: {}, body: undefined }]);
    assert.deepEqual([load.loop, load.rate, load.keepAlive], ['open', undefined, true]);
    const { rounds: pairs, warmUp: warm, metric: judged } = DEFAULTS;
    assert.deepEqual([rounds, warmUp, metric], [pairs, warm, judged]);
    assert.deepEqual([limits, differs], [DEFAULT_LIMITS, []]);
    assert.ok(Number.isInteger(seed));
  });

  test('is what `compare init` writes', () => {
    const { sides, load } = readPlan(parse(TEMPLATE));
    assert.equal(sides.b.name, 'a cluster');
    assert.deepEqual(sides.a.env, { NODE_ENV: 'production' });
    assert.equal(load.mix.length, 2);
  });

  test('has a published schema, with the same keys and defaults', () => {
    const written = parse(TEMPLATE);
    const { $id } = published;
    assert.ok(TEMPLATE.startsWith(`# yaml-language-server: $schema=${$id}\n`));
    const examples = readdirSync(examplesFolder, { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.yaml'))
      .map((path) => parse(readFileSync(join(examplesFolder, path), 'utf8')));
    assert.ok(examples.length > 5);
    for (const plan of [BOTH, written, { $schema: $id, ...BOTH }, ...examples]) {
      assert.ok(isPlan(plan), JSON.stringify([plan, isPlan.errors]));
      readPlan(plan);
    }
    // What the schema fills in is what `readPlan` does, and it knows no key that the other does not.
    const filled = { load: { mix: [{}] }, limits: {}, seed: 1, a: { ...BOTH.a }, b: { ...BOTH.b } };
    assert.ok(withDefaults(filled));
    assert.deepEqual(readPlan(filled), readPlan({ ...BOTH, seed: 1 }));
    for (const [keys, of] of [
      [published.properties, KEYS.plan],
      [published.properties.load.properties, KEYS.load],
      [published.properties.load.properties.mix.items.properties, KEYS.request],
      [published.properties.limits.properties, KEYS.limits],
      [published.definitions.side.properties, KEYS.side],
    ] as const)
      assert.deepEqual(Object.keys(keys).sort(), [...of].sort());
  });

  test('names each problem: the key as it was written, the rule, the value', () => {
    for (const [plan, message] of [
      [{ ...BOTH, lod: {} }, 'Unknown key `lod`: did you mean `load`?'],
      [
        { ...BOTH, load: { conections: 1 } },
        'Unknown key `load.conections`: did you mean `load.connections`?',
      ],
      [
        { ...BOTH, load: { mix: [{ paht: '/' }] } },
        'Unknown key `load.mix.0.paht`: did you mean `load.mix.0.path`?',
      ],
      [{ a: BOTH.a }, 'Expected `b` to have its own keys, got `undefined`'],
      [{ a: {}, b: BOTH.b }, 'Expected `a` to have a `command`, or the `url` of a server that runs already'],
      [{ ...BOTH, rounds: 0 }, 'Expected `rounds` to be a whole number from 1 to 1000, got `0`'],
      [{ ...BOTH, metric: 'p98' }, /^Expected `metric` to be one of p50, .* got `"p98"`$/],
      [
        { ...BOTH, load: { rate: '5' } },
        'Expected `load.rate` to be a number from 0.1 to 1000000, got `"5"`',
      ],
      [{ ...BOTH, load: { mix: [] } }, 'Expected `load.mix` to name a request, got an array'],
      [{ ...BOTH, a: { url: 'https://x' } }, /^Expected `a.url` to be an address such as/],
      [null, 'Expected a plan with `a`, `b` and `load`'],
    ] as const) {
      assert.throws(() => readPlan(plan), { name: 'PlanError', message }, JSON.stringify(plan));
      assert.equal(isPlan(plan), false, `by the published schema: ${JSON.stringify(plan)}`);
    }
  });

  test('in a file counts folders from the file, and says which file is wrong', (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'raw-requests-plan-'));
    t.after(() => rmSync(folder, { recursive: true }));
    const file = join(folder, 'plan.yaml');
    writeFileSync(
      file,
      'a: { command: node a.js, cwd: apps, env: { SPIN: 1.5 } }\nb: { url: http://127.0.0.1:3000/ }\n',
    );
    const { a, b } = readPlanFile(file).sides;
    assert.deepEqual(
      [a.cwd, a.env.SPIN, b.command, b.url],
      [join(folder, 'apps'), '1.5', undefined, 'http://127.0.0.1:3000'],
    );
    writeFileSync(file, 'a: {');
    assert.throws(() => readPlanFile(file), new RegExp(`${file} cannot be read: `));
    writeFileSync(file, '[]');
    assert.throws(() => readPlanFile(file), /Expected .*plan.yaml to hold a plan/);
    assert.throws(() => readPlanFile(join(folder, 'none.yaml')), /none.yaml cannot be read: ENOENT/);
  });
});
