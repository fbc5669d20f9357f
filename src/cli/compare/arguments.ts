import { METRICS, type Plan } from '../../compare/plan/plan.ts';
import { readPlanFile } from '../../compare/plan/read-file.ts';
import { PlanError, type PlanInput, readPlan } from '../../compare/plan/schema.ts';
import { CliError } from '../cli-error.ts';

/** Options of `compare` as commander reads them. */
export interface CompareOptions {
  readonly rounds?: number;
  readonly duration?: number;
  readonly warmUp?: number;
  readonly rate?: number;
  readonly connections?: number;
  readonly metric?: string;
  readonly path?: string;
  readonly loop?: string;
  readonly keepAlive?: boolean;
  readonly record?: boolean;
  readonly differs: readonly string[];
  readonly seed?: number;
  readonly json?: string | true;
  readonly html?: string | true;
  readonly markdown?: string;
  readonly keep?: string;
  readonly from?: string;
  readonly influx?: boolean;
  readonly failIf?: string;
}

/** In `compare --json 'node a.js' 'node b.js'`, what follows --json is a command, not a file; so with --html. */
export function withoutCommandAsFile(
  what: readonly string[],
  options: CompareOptions,
): { what: readonly string[]; options: CompareOptions } {
  for (const name of ['json', 'html'] as const) {
    const file = options[name];
    if (typeof file !== 'string' || file.endsWith(`.${name}`) || what.length >= 2) continue;
    return withoutCommandAsFile([file, ...what], { ...options, [name]: true });
  }
  return { what, options };
}

/** The plan that the command line asks for: a file, or two commands. What options say goes before the file. */
export function planOf(what: readonly string[], options: CompareOptions): Plan {
  try {
    if (what.length === 1) return readPlanFile(what[0]!, (input) => over(input, options));
    if (what.length === 2) {
      const [a, b] = what as [string, string];
      return readPlan(over({ a: { command: a, name: a }, b: { command: b, name: b } }, options));
    }
  } catch (error) {
    throw error instanceof PlanError ? new CliError(error.message) : error;
  }
  throw new CliError(
    'Expected two commands to compare, or a file that names them:\n' +
      "  npx raw-requests compare 'node a.js' 'node b.js'\n" +
      '  npx raw-requests compare init compare.yaml',
  );
}

function over(input: PlanInput, options: CompareOptions): PlanInput {
  const given = (names: readonly (keyof CompareOptions)[]) =>
    Object.fromEntries(
      names.filter((name) => options[name] !== undefined).map((name) => [name, options[name]]),
    );
  const side = (one: object | undefined) => ({ ...one, ...(options.record === false && { record: false }) });
  const { path, keepAlive } = options;
  return {
    ...input,
    ...given(['rounds', 'warmUp', 'metric', 'seed']),
    ...(options.differs.length > 0 && { differs: options.differs }),
    a: side(input.a),
    b: side(input.b),
    load: {
      ...input.load,
      ...given(['rate', 'connections', 'duration', 'loop']),
      ...(path !== undefined && { mix: [{ path }] }),
      ...(keepAlive === false && { keepAlive }),
    },
  };
}

/** A condition such as `p99 > 1.05`, on the ratio of B over A. */
export interface Condition {
  readonly text: string;
  readonly metric: string;
  readonly isMet: (ratio: number) => boolean;
}

export function conditionOf(text: string, metric: string): Condition {
  const [, name, sign, number] = /^\s*([\w.]+)\s*(<|>)\s*(\d+(?:\.\d+)?)\s*$/.exec(text) ?? [];
  if (name === undefined || !(METRICS as readonly string[]).includes(name))
    throw new CliError(`Expected --fail-if to be a condition such as 'p99 > 1.05', got '${text}'`);
  if (name !== metric)
    throw new CliError(`--fail-if asks for ${name}, and ${metric} is what is judged: add --metric ${name}`);
  const bound = Number(number);
  return { text, metric: name, isMet: (ratio) => (sign === '>' ? ratio > bound : ratio < bound) };
}
