import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Archive, type Kept, readArchive } from '../../compare/archive.ts';
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
import { type InfluxWriter, influxWriter } from './influx.ts';
import { writePage } from './page.ts';
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
  const influx = options.influx ? influxWriter(process.env) : undefined;
  if (options.from !== undefined) {
    const archived = kept(options.from);
    const { plan, rate, rounds, at } = archived;
    const declared = { ...plan, differs: [...plan.differs, ...options.differs] };
    const condition = conditionIn(options, plan);
    const comparison = report(declared, rate, rounds, version, at);
    return await finish({ comparison, options, condition, influx, archived, folder: options.from });
  }
  const plan = planOf(what, options);
  const condition = conditionIn(options, plan);
  // The page and the database get what is kept of the rounds, if only for as long as this runs.
  const isKept = options.keep !== undefined;
  const folder = options.keep ?? mkdtempSync(join(tmpdir(), 'raw-requests-compare-'));
  try {
    const isAsked = isKept || influx !== undefined || options.html !== undefined;
    const archive = isAsked ? new Archive(folder, plan, version) : undefined;
    const comparison = await runShown(plan, version, archive, interrupted);
    const archived = archive?.kept;
    const code = await finish({ comparison, options, condition, influx, archived, folder });
    interrupted.throwIfAborted();
    return code;
  } finally {
    if (!isKept) rmSync(folder, { recursive: true, force: true });
  }
}

/** Runs a comparison, shows its progress and keeps its rounds. */
async function runShown(
  plan: Plan,
  version: string,
  archive: Archive | undefined,
  interrupted: AbortSignal,
): Promise<Comparison> {
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
  try {
    return await run(plan, version, progress, interrupted);
  } catch (error) {
    throw error instanceof SideError ? new CliError(error.message) : error;
  } finally {
    shown.done();
  }
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

interface Finished {
  readonly comparison: Comparison;
  readonly options: CompareOptions;
  readonly condition: Condition | undefined;
  readonly influx: InfluxWriter | undefined;
  /** What is kept of the rounds, in `folder`; undefined if nothing needs it. */
  readonly archived: Kept | undefined;
  readonly folder: string;
}

/** Writes the reports that are asked for; returns the exit code. */
async function finish(finished: Finished): Promise<number> {
  const { comparison, options, condition, influx, archived, folder } = finished;
  const { json, html, markdown } = options;
  if (json === true) out.json(comparison);
  else {
    out.say(terminalReport(comparison, paint, Math.min(100, out.columns)));
    if (json !== undefined) write(json, `${JSON.stringify(comparison, undefined, 2)}\n`);
  }
  if (markdown !== undefined) write(markdown, markdownReport(comparison));
  if (archived !== undefined) {
    if (html !== undefined) {
      const path = html === true ? 'compare.html' : html;
      writePage(path, comparison, archived, folder);
      err.say(`${path} shows the requests of all rounds.`);
    }
    await influx?.write(archived, folder);
  }

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
