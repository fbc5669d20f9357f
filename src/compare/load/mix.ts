import type { RequestPlan } from '../plan/plan.ts';
import type { Random } from '../statistics/random.ts';

/** Draws requests of a mix by their weights; returns the index of each. */
export function drawFrom(mix: readonly RequestPlan[], random: Random): () => number {
  if (mix.length === 1) return () => 0;
  const total = mix.reduce((sum, { weight }) => sum + weight, 0);
  let sum = 0;
  const upTo = mix.map(({ weight }) => {
    sum += weight;
    return sum / total;
  });
  return () => {
    const at = random.next();
    const found = upTo.findIndex((edge) => at < edge);
    return found === -1 ? mix.length - 1 : found;
  };
}
