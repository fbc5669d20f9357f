import * as v from 'valibot';
import { isFar, nearest } from '../../options/nearest.ts';
import { show } from '../../options/show.ts';
import { DEFAULT_LIMITS, DEFAULTS, METRICS, type Plan } from './plan.ts';

/** A plan cannot be read. The message names each problem: the key as it was written, the rule and the value. */
export class PlanError extends Error {
  override readonly name = 'PlanError';
}

const number = (least: number, most: number) =>
  v.pipe(
    v.number(`to be a number from ${least} to ${most}`),
    v.check((n) => n >= least && n <= most, `to be a number from ${least} to ${most}`),
  );
const whole = (least: number, most: number) =>
  v.pipe(
    v.number(`to be a whole number from ${least} to ${most}`),
    v.check(
      (n) => Number.isInteger(n) && n >= least && n <= most,
      `to be a whole number from ${least} to ${most}`,
    ),
  );
const text = v.pipe(v.string('to be text'), v.nonEmpty('not to be empty'));
const flag = v.boolean('to be true or false');
const path = v.pipe(text, v.startsWith('/', 'to be a path that begins with /'));
const url = v.pipe(
  text,
  v.check(
    (given) => /^http:\/\/[^/?#]+\/?$/.test(given) && URL.canParse(given),
    'to be an address such as http://127.0.0.1:3000',
  ),
);
/** YAML reads `PORT: 3000` as a number. */
const texts = v.record(
  v.string(),
  v.pipe(v.union([v.string(), v.number(), v.boolean()], 'to be text'), v.transform(String)),
  'to be names with their values',
);

const request = v.object({
  weight: v.optional(number(0.001, 1e6), 1),
  method: v.optional(v.pipe(text, v.regex(/^[A-Z]+$/, 'to be a method such as GET')), 'GET'),
  path: v.optional(path, '/'),
  headers: v.optional(texts, {}),
  body: v.optional(v.string('to be text')),
});

const side = v.object({
  name: v.optional(text),
  command: v.optional(text),
  cwd: v.optional(text, '.'),
  env: v.optional(texts, {}),
  url: v.optional(url),
  ready: v.optional(path, '/'),
  startTimeout: v.optional(number(0.1, 600), DEFAULTS.startTimeout),
  record: v.optional(flag, true),
});

const load = v.object({
  connections: v.optional(whole(1, 10_000), DEFAULTS.connections),
  loop: v.optional(v.picklist(['open', 'closed'], 'to be `open` or `closed`'), 'open'),
  rate: v.optional(number(0.1, 1e6)),
  duration: v.optional(number(0.1, 3600), DEFAULTS.duration),
  requests: v.optional(whole(10, 1e8)),
  keepAlive: v.optional(flag, true),
  timeout: v.optional(number(0.1, 600), DEFAULTS.timeout),
  mix: v.optional(v.pipe(v.array(request, 'to be a list of requests'), v.minLength(1, 'to name a request')), [
    {},
  ]),
});

const share = (value: number) => v.optional(number(0, 1), value);
const limits = v.object({
  errors: share(DEFAULT_LIMITS.errors),
  errorDifference: share(DEFAULT_LIMITS.errorDifference),
  generator: share(DEFAULT_LIMITS.generator),
  late: share(DEFAULT_LIMITS.late),
  others: share(DEFAULT_LIMITS.others),
  repeats: v.optional(number(0, 10), DEFAULT_LIMITS.repeats),
});

const plan = v.object({
  $schema: v.optional(text),
  a: side,
  b: side,
  load: v.optional(load, {}),
  rounds: v.optional(whole(1, 1000), DEFAULTS.rounds),
  warmUp: v.optional(number(0, 600), DEFAULTS.warmUp),
  metric: v.optional(v.picklist(METRICS, `to be one of ${METRICS.join(', ')}`), DEFAULTS.metric),
  seed: v.optional(whole(0, 2 ** 32 - 1)),
  differs: v.optional(v.array(text, 'to be a list of differences'), []),
  limits: v.optional(limits, {}),
});

/** The keys of a plan and its parts: `docs/compare.schema.json` has the same. */
export const KEYS: Readonly<Record<'plan' | 'side' | 'load' | 'request' | 'limits', readonly string[]>> = {
  plan: Object.keys(plan.entries),
  side: Object.keys(side.entries),
  load: Object.keys(load.entries),
  request: Object.keys(request.entries),
  limits: Object.keys(limits.entries),
};

/** What a file, or the command line, may say: see {@link Plan} and `compare init`. It is checked by {@link readPlan}. */
export interface PlanInput {
  readonly a?: object;
  readonly b?: object;
  readonly load?: object;
  readonly [key: string]: unknown;
}

/**
 * Reads a plan, and fills in the defaults.
 *
 * @throws {PlanError} that names all problems
 */
export function readPlan(input: unknown): Plan {
  const problems = unknownKeys(input, plan.entries, '');
  const result = v.safeParse(plan, input);
  for (const issue of result.issues ?? []) problems.push(problemOf(issue));
  if (!result.success || problems.length > 0) throw new PlanError(problems.join('\n'));
  const { a, b, $schema: _, seed = Math.floor(Math.random() * 2 ** 32), ...rest } = result.output;
  for (const [key, { command, url: address }] of Object.entries({ a, b })) {
    if (command === undefined && address === undefined)
      throw new PlanError(
        `Expected \`${key}\` to have a \`command\`, or the \`url\` of a server that runs already`,
      );
  }
  const named = (one: typeof a, label: string) => ({
    ...one,
    name: one.name ?? label,
    command: one.command,
    url: one.url?.replace(/\/$/, ''),
  });
  return {
    ...rest,
    seed,
    sides: { a: named(a, 'A'), b: named(b, 'B') },
    load: {
      ...rest.load,
      rate: rest.load.rate,
      requests: rest.load.requests,
      mix: rest.load.mix.map((one) => ({ ...one, body: one.body })),
    },
  };
}

function problemOf(issue: v.BaseIssue<unknown>): string {
  const key = issue.path?.map(({ key }) => String(key)).join('.') ?? '';
  if (key === '') return 'Expected a plan with `a`, `b` and `load`';
  const rule = /^(?:not )?to /.test(issue.message) ? issue.message : 'to have its own keys';
  return `Expected \`${key}\` ${rule}, got ${show(issue.input, 'code')}`;
}

type Entries = Readonly<Record<string, unknown>>;

/** Keys that a plan does not have, each with the nearest that it has. */
function unknownKeys(input: unknown, entries: Entries, above: string): string[] {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) return [];
  const known = Object.keys(entries);
  return Object.entries(input).flatMap(([key, value]) => {
    const name = `${above}${key}`;
    if (!Object.hasOwn(entries, key)) {
      const near = nearest(key, known);
      const hint = isFar(key, near) ? `known are ${known.join(', ')}` : `did you mean \`${above}${near}\`?`;
      return [`Unknown key \`${name}\`: ${hint}`];
    }
    const below = entriesOf(entries[key]);
    if (below === undefined) return [];
    if (!Array.isArray(value)) return unknownKeys(value, below, `${name}.`);
    return value.flatMap((item, i) => unknownKeys(item, below, `${name}.${i}.`));
  });
}

/** The entries of an object's schema, within what is optional, a list or a pipe. */
function entriesOf(schema: unknown): Entries | undefined {
  const { entries, wrapped, item } = schema as { entries?: Entries; wrapped?: unknown; item?: unknown };
  if (entries !== undefined) return entries;
  const inner = wrapped ?? item;
  return inner === undefined ? undefined : entriesOf(inner);
}
