import type { LoadResult } from '../load/messages.ts';
import type { Limits } from '../plan/plan.ts';
import { CORES } from './machine.ts';
import type { Measured, VoidReason } from './measured.ts';

/** By how much the wall clock may move against the monotonic clock in a round, ms. */
const MAX_CLOCK_STEP_MS = 50;
/** CPU that the hypervisor may take, of all cores. */
const MAX_STOLEN = 0.05;
/** How long a control group may be held back, of the length of the round. */
const MAX_THROTTLED = 0.01;
/** Requests due that may be left unsent. */
const MAX_UNSENT = 0.01;

/** All reasons for which a round is void by itself. */
export function voidReasons(measured: Measured, load: LoadResult, limits: Limits): VoidReason[] {
  const { client, machine, cpu } = measured;
  const reasons: VoidReason[] = [];
  const add = (code: VoidReason['code'], text: string) => reasons.push({ code, text });
  const { seconds } = load;

  if (load.unsent > MAX_UNSENT * client.due)
    add('not-held', `it did not hold the rate: ${load.unsent} of ${client.due} requests waited to the end`);
  else if (measured.errors > limits.errors)
    add(
      'errors',
      `${percent(measured.errors)} errors (${errorsText(measured)}), at most ${percent(limits.errors)} may be`,
    );
  if (client.generatorCpu > limits.generator)
    add(
      'generator',
      `the load generator used ${percent(client.generatorCpu)} of its core, at most ${percent(limits.generator)} may be`,
    );
  if (load.late > limits.late * client.due)
    add('late', `the load generator sent ${load.late} of ${client.due} requests late`);
  const { points } = measured;
  if (points !== undefined && (points < load.answered || points > load.sent))
    add(
      'points',
      `${points} points for ${load.answered} answers to ${load.sent} requests${points < load.answered / 2 ? ': something in front of the server, such as a cache, may have answered the others' : ''}`,
    );
  if (machine.busy !== undefined && cpu !== undefined) {
    const others = (machine.busy - cpu - load.cpu - measured.ownCpu) / seconds / CORES;
    if (others > limits.others && limits.others < 1)
      add(
        'others',
        `other programs used ${percent(others)} of the machine, at most ${percent(limits.others)} may be`,
      );
  }
  if ((machine.stolen ?? 0) / seconds / CORES > MAX_STOLEN)
    add('stolen', `the hypervisor took ${percent(machine.stolen! / seconds / CORES)} of the machine`);
  if ((machine.throttled ?? 0) > MAX_THROTTLED * seconds)
    add('throttled', `its control group had used up its CPU time for ${machine.throttled!.toFixed(2)} s`);
  if ((machine.thermal ?? 0) > 0) add('thermal', 'a CPU was slowed down because it was hot');
  if (Math.abs(load.clockStepMs) > MAX_CLOCK_STEP_MS)
    add('clock', `the clock was set by ${Math.round(load.clockStepMs)} ms`);
  if (measured.endedProcesses.length > 0)
    add('restarted', `a process that had answered requests ended: ${measured.endedProcesses.join(', ')}`);
  return reasons;
}

/** A pair of which one side fails more often than the other compares errors with answers. */
export function errorDifference(
  a: Measured,
  b: Measured,
  { errorDifference: most }: Limits,
): VoidReason | undefined {
  const difference = Math.abs(a.errors - b.errors);
  if (difference <= most) return undefined;
  const text = `${percent(a.errors)} errors on one side, ${percent(b.errors)} on the other; they may differ by ${percent(most)}`;
  return { code: 'error-difference', text };
}

function errorsText({ client }: Measured): string {
  const statuses = Object.entries(client.statuses).filter(([status]) => Number(status) >= 400);
  const all = [
    ...statuses.map(([status, count]) => `${count} answers ${status}`),
    ...Object.entries(client.failures).map(([what, count]) => `${count} times ${what}`),
  ];
  return all.join(', ');
}

export function percent(share: number): string {
  return `${(100 * share).toFixed(share < 0.1 ? 1 : 0)} %`;
}
