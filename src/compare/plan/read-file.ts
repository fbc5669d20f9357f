import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parse } from 'yaml';
import { asError } from '../../safety/thrown.ts';
import type { Plan } from './plan.ts';
import { PlanError, type PlanInput, readPlan } from './schema.ts';

/**
 * Reads a plan from a file of YAML, of which JSON is a part. Folders in it count from the folder of the file.
 *
 * @param over what the command line says, which goes before the file
 * @throws {PlanError} that names the file and all problems
 */
export function readPlanFile(path: string, over: (input: PlanInput) => PlanInput = (input) => input): Plan {
  let input: unknown;
  try {
    input = parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new PlanError(`${path} cannot be read: ${asError(error).message}`);
  }
  if (typeof input !== 'object' || input === null || Array.isArray(input))
    throw new PlanError(
      `Expected ${path} to hold a plan with \`a\`, \`b\` and \`load\`: \`compare init\` writes one`,
    );
  try {
    const plan = readPlan(over(input as PlanInput));
    const from = dirname(resolve(path));
    const { a, b } = plan.sides;
    const sides = { a: { ...a, cwd: resolve(from, a.cwd) }, b: { ...b, cwd: resolve(from, b.cwd) } };
    return { ...plan, sides };
  } catch (error) {
    throw error instanceof PlanError ? new PlanError(`${path}:\n${error.message}`) : error;
  }
}
