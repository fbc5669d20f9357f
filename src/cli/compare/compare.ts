import { writeFileSync } from 'node:fs';
import { Archive, readArchive } from '../../compare/archive.ts';
import { type Progress, report, compare as run } from '../../compare/comparison.ts';
import type { Plan } from '../../compare/plan/plan.ts';
import { PlanError } from '../../compare/plan/schema.ts';
import { TEMPLATE } from '../../compare/plan/template.ts';
import { markdownReport } from '../../compare/report/markdown.ts';
import { terminalReport } from '../../compare/report/terminal.ts';
import type { Comparison } from '../../compare/result.ts';
import { SideError } from '../../compare/side/side-error.ts';
import { excludesOne } from '../../compare/statistics/interval.ts';
import { asError } from '../../safety/thrown.ts';
import { CliError } from '../cli-error.ts';
import { err, out } from '../output.ts';
import { paint } from '../paint.ts';
import {
  type CompareOptions,
  type Condition,
  conditionOf,
  planOf,
  withoutCommandAsFile,
} from './arguments.ts';
import { showProgress } from './progress.ts';

const EXIT = { compared: 0, notLikeForLike: 2, notEnoughRounds: 3, conditionMet: 4 } as const;

/** Runs `raw-requests compare`; returns the exit code. */
export async function compare(
  given: readonly string[],
  givenOptions: CompareOptions,
  version: string,
  interrupted: AbortSignal,
): Promise<number> {
  const { what, options } = withoutCommandAsFile(given, givenOptions);
  if (options.from !== undefined) {
    const { plan, rate, rounds, at } = kept(options.from);
    const declared = { ...plan, differs: [...plan.differs, ...options.differs] };
    return finish(report(declared, rate, rounds, version, at), options, conditionIn(options, plan));
  }
  const plan = planOf(what, options);
  const condition = conditionIn(options, plan);
  const archive = options.keep === undefined ? undefined : new Archive(options.keep, plan, version);
  const shown = showProgress(plan, err);
  let rate: number | undefined;
  const progress: Progress = {
    ...shown,
    begins: (found) => {
      rate = found;
      shown.begins(found);
    },
    ended: (pair, part, result) => {
      archive?.add(pair, part, rate, result);
      shown.ended(pair, part, result);
    },
  };
  let comparison: Comparison;
  try {
    comparison = await run(plan, version, progress, interrupted);
  } catch (error) {
    throw error instanceof SideError ? new CliError(error.message) : error;
  } finally {
    shown.done();
  }
  const code = finish(comparison, options, condition);
  interrupted.throwIfAborted();
  return code;
}

function kept(folder: string) {
  try {
    return readArchive(folder);
  } catch (error) {
    throw error instanceof PlanError ? new CliError(error.message) : error;
  }
}

function conditionIn({ failIf }: CompareOptions, { metric }: Plan): Condition | undefined {
  return failIf === undefined ? undefined : conditionOf(failIf, metric);
}

/** Writes the reports that are asked for; returns the exit code. */
function finish(comparison: Comparison, options: CompareOptions, condition: Condition | undefined): number {
  const { json, markdown } = options;
  if (json === true) out.json(comparison);
  else {
    out.say(terminalReport(comparison, paint, Math.min(100, out.columns)));
    if (json !== undefined) write(json, `${JSON.stringify(comparison, undefined, 2)}\n`);
  }
  if (markdown !== undefined) write(markdown, markdownReport(comparison));

  const { verdict, ratio } = comparison;
  if (verdict === 'not enough rounds') return EXIT.notEnoughRounds;
  if (verdict === 'not like for like') return EXIT.notLikeForLike;
  const isMet =
    verdict === 'difference' && ratio !== null && excludesOne(ratio) && condition?.isMet(ratio.estimate);
  if (!isMet) return EXIT.compared;
  err.say(`--fail-if '${condition!.text}' is met: ${ratio.estimate.toFixed(3)}`);
  return EXIT.conditionMet;
}

function write(path: string, text: string): void {
  try {
    writeFileSync(path, text);
  } catch (error) {
    throw new CliError(`${path} cannot be written: ${asError(error).message}`);
  }
}

/** Runs `raw-requests compare init`. */
export function init(path = 'compare.yaml'): void {
  try {
    writeFileSync(path, TEMPLATE, { flag: 'wx' });
  } catch (error) {
    throw new CliError(`${path} cannot be written: ${asError(error).message}`);
  }
  out.say(`${path} is written. Name the two commands in it, then: npx raw-requests compare ${path}`);
}
