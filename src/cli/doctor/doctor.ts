import { out } from '../output.ts';
import { paint } from '../paint.ts';
import { counted } from '../text.ts';
import { examine } from './examine.ts';
import type { Finding } from './finding.ts';
import { lines, wrap } from './print.ts';

/** Options of `raw-requests doctor`. */
export interface DoctorOptions {
  json?: boolean;
  write: boolean;
}

const MAX_WIDTH = 100;

/**
 * Finds out why nothing appears in Grafana: checks the settings, the network, and the server, in this order.
 *
 * @returns the exit code: 0 if nothing is broken, 1 if something is, 2 if the settings are wrong
 */
export async function doctor(
  { json = false, write }: DoctorOptions,
  version: string,
  signal: AbortSignal,
): Promise<number> {
  const width = Math.min(out.columns, MAX_WIDTH);
  const findings: Finding[] = [];

  if (!json) out.say(`${paint.bold(`raw-requests doctor ${version}`)}\n`);
  for await (const finding of examine({ env: process.env, folder: process.cwd(), version, write, signal })) {
    findings.push(finding);
    if (!json) for (const line of lines(finding, width)) out.say(line);
  }
  const exitCode = exitCodeOf(findings);
  if (json) out.json({ version, exitCode, findings });
  else out.say(`\n${conclusion(findings, write, width)}`);
  return exitCode;
}

function exitCodeOf(findings: Finding[]): number {
  const broken = findings.filter(({ level }) => level === 'broken');
  if (broken.length === 0) return 0;
  return broken.some(({ check }) => check === 'Settings') ? 2 : 1;
}

function conclusion(findings: Finding[], write: boolean, width: number): string {
  const has = (level: Finding['level']) => findings.filter((finding) => finding.level === level).length;
  const broken = has('broken');
  if (broken > 0) {
    return paint.bad(`${counted(broken, 'problem')} found (✗). Checks that depend on it were skipped.`);
  }
  const warnings = has('warning');
  const result = warnings > 0 ? `It works, with ${counted(warnings, 'warning')} (!).` : 'Everything works.';
  const hint =
    'Still nothing in Grafana? Check that the app runs with these settings, that the data source uses this server and ' +
    'database, and that the time range is right.';
  return [
    paint.good(write ? result : `${result} Nothing was written (--no-write).`),
    ...wrap(hint, width).map(paint.dim),
  ].join('\n');
}
