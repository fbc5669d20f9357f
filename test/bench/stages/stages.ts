import { number, table } from '../table.ts';
import { captureStages } from './capture.ts';
import { durationStages } from './durations.ts';
import { encodeStages } from './encode.ts';
import type { Cost } from './measure.ts';
import { recordStages } from './record.ts';

export type Stage = readonly [name: string, cost: Cost];

/** A change of the time by less than this is not told from noise. */
const MOVED = 0.15;

/**
 * Measures each stage of the way of a request by itself, and prints a table.
 *
 * @param before ns by stage, of a saved run
 * @returns the same of this run
 */
export async function reportStages(
  before: Readonly<Record<string, number>> | undefined,
): Promise<Record<string, number>> {
  const stages = [
    ...(await captureStages()),
    ...recordStages(),
    ...durationStages(),
    ...encodeStages(),
  ] satisfies Stage[];
  const rows = stages.map(([name, { ns, bytes }]) => {
    const cells = [name, number(ns, ns < 100 ? 1 : 0), number(bytes, 0)];
    return before === undefined ? cells : [...cells, change(before[name], ns)];
  });
  console.log(
    `\n${table(['stage, per request', 'ns', 'bytes', ...(before ? ['time, before and now'] : [])], rows)}`,
  );
  return Object.fromEntries(stages.map(([name, { ns }]) => [name, ns]));
}

function change(before: number | undefined, ns: number): string {
  if (before === undefined) return 'new';
  const moved = ns / before - 1;
  if (Math.abs(moved) < MOVED) return '';
  return `${number(before, 0)} ${moved > 0 ? 'MORE' : 'less'} by ${number(Math.abs(moved) * 100, 0)} %`;
}
