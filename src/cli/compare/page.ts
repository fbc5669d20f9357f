import { closeSync, openSync, writeSync } from 'node:fs';
import { type Kept, keptPoints, keptSamples } from '../../compare/archive.ts';
import { htmlReport, type RoundRequests } from '../../compare/report/html/html-report.ts';
import type { Comparison } from '../../compare/result.ts';
import { asError } from '../../safety/thrown.ts';
import { CliError } from '../cli-error.ts';

/** Writes the page of a comparison, from what was kept of its rounds in `folder`. */
export function writePage(
  path: string,
  comparison: Comparison,
  { plan, rounds }: Kept,
  folder: string,
): void {
  const withRequests = function* (): Generator<RoundRequests> {
    for (const round of rounds) {
      const { pair, part, measuredMs } = round;
      const [points, samples] = [keptPoints(folder, round), keptSamples(folder, round)];
      yield { pair, part, measuredMs, points, samples };
    }
  };
  try {
    const file = openSync(path, 'w');
    for (const piece of htmlReport(comparison, plan, withRequests())) writeSync(file, piece);
    closeSync(file);
  } catch (error) {
    throw new CliError(`${path} cannot be written: ${asError(error).message}`);
  }
}
