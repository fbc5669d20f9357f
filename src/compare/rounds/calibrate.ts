import type { Plan, SideName } from '../plan/plan.ts';
import { SideError } from '../side/side-error.ts';
import { type Equipment, runRound } from './round.ts';

/** How long each side is asked as fast as it answers, s. */
const SECONDS = 1;
/** Without a rate of the plan: this share of what the slower side holds. */
const SHARE = 0.5;
/** A rate above this share of what a side answers as fast as it can is not held for long. */
const MOST = 0.9;

/**
 * Finds out what both sides hold, and with that the rate of the load.
 *
 * @throws {SideError} if a side does not hold the rate of the plan; it names one that both do
 */
export async function calibrate(plan: Plan, equipment: Equipment): Promise<number> {
  const { load, sides } = plan;
  const holds: Record<SideName, number> = { a: 0, b: 0 };
  for (const side of ['a', 'b'] as const) {
    const order = {
      ...load,
      loop: 'closed',
      rate: 0,
      requests: undefined,
      duration: SECONDS,
      warmUp: plan.warmUp,
      seed: plan.seed,
    } as const;
    const { measured } = await runRound(sides[side], order, {}, equipment);
    holds[side] = measured.client.throughput;
  }
  const least = Math.min(holds.a, holds.b);
  const half = rounded(least * SHARE);
  if (load.rate === undefined) return half;
  if (load.rate > MOST * least) {
    const slower = holds.a < holds.b ? 'a' : 'b';
    const both = load.rate > MOST * Math.max(holds.a, holds.b);
    throw new SideError(
      `${both ? 'Neither side holds' : `${sides[slower].name} does not hold`} ${load.rate} requests/s: as fast as it goes, ${sides.a.name} answers ` +
        `${Math.floor(holds.a)} and ${sides.b.name} ${Math.floor(holds.b)} a second. Try a rate of ${half}.`,
    );
  }
  return load.rate;
}

/** To two digits. */
function rounded(value: number): number {
  const unit = 10 ** Math.max(0, Math.floor(Math.log10(value)) - 1);
  return Math.max(1, Math.floor(value / unit) * unit);
}
